// An ID token that a native app submits: accepted only with a signature of the provider, and under the rules for submitted tokens.

import { createHash } from 'node:crypto';
import { LatchkeyError } from '../accounts/errors.js';
import { type Audience, CLOCK_SKEW, type Claims, isSubject, TIME_RULES } from './id-token-rules.js';
import type { Members } from './json-answer.js';
import { type Keys, readSigned } from './signed-token.js';

export interface BelievedToken {
  readonly claims: Claims;
  readonly subject: string;
  readonly once: Once;
}

/** By what it is known that a token was used already. */
export interface Once {
  /** At most 64 characters. */
  readonly key: string;
  /** For how long it has to be known, in milliseconds. */
  readonly ttlMs: number;
}

/** Seconds: how old it may be when it is handed in. */
const MAX_AGE = 10 * 60;

export interface SubmittedTokenContext extends Audience {
  readonly issuer: string;
  /** Apps of ours that the provider knows by ids of their own. */
  readonly nativeClientIds: readonly string[];
  /** What the app asked the provider with; `undefined`: it says none. */
  readonly nonce: string | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

type Rule = (claims: Claims, context: SubmittedTokenContext) => boolean;

const isTime = (value: unknown): value is number => Number.isFinite(value);
const listOf = (aud: unknown): readonly unknown[] => (Array.isArray(aud) ? aud : [aud]);
const ownIds = ({ clientId, nativeClientIds }: SubmittedTokenContext): readonly unknown[] => [clientId, ...nativeClientIds];

/** Every one is ours or one that is believed beside ours, and one at least is ours. */
function isForUs(aud: unknown, context: SubmittedTokenContext): boolean {
  const [named, own] = [listOf(aud), ownIds(context)];
  const believed: readonly unknown[] = [...own, ...(context.audiences ?? [])];
  return named.some((one) => own.includes(one)) && named.every((one) => believed.includes(one));
}

/** Apps are advised to show the provider the hash alone, so that who reads the request does not learn the nonce. */
function isNonce(claim: unknown, nonce: string): boolean {
  return claim === nonce || claim === createHash('sha256').update(nonce).digest('hex');
}

const RULES: Readonly<Record<string, Rule>> = {
  iss: ({ iss }, { issuer }) => iss === issuer,
  aud: ({ aud }, context) => isForUs(aud, context),
  azp: ({ aud, azp }, context) => (azp === undefined ? listOf(aud).length === 1 : ownIds(context).includes(azp)),
  ...TIME_RULES,
  iat: ({ iat }, { now }) => isTime(iat) && iat <= now + CLOCK_SKEW && iat >= now - MAX_AGE,
  nonce: (claims, { nonce }) => nonce === undefined || isNonce(claims.nonce, nonce),
  sub: ({ sub }) => isSubject(sub),
  // Providers sign other things for us with the same keys, such as word that somebody has left (RFC 8417, section 2.2).
  events: ({ events }) => events === undefined,
};

/** The first claim that does not hold; `undefined` when all do. */
function brokenSubmittedClaim(claims: Claims, context: SubmittedTokenContext): string | undefined {
  return Object.entries(RULES).find(([, holds]) => !holds(claims, context))?.[0];
}

/** Milliseconds from now on in which the token would be believed once more, clocks that differ included. */
function lifeLeftMs({ exp, iat }: Claims, now: number): number {
  const until = Math.min(Number(exp) + CLOCK_SKEW, Number(iat) + MAX_AGE);
  return (until - now + 2 * CLOCK_SKEW) * 1000;
}

function refused(reason: string, cause?: unknown): LatchkeyError {
  return new LatchkeyError('id_token_refused', { detail: `ID token: ${reason}`, ...(cause === undefined ? {} : { cause }) });
}

/** A token of another kind says so (RFC 8725, section 3.11). */
const isIdToken = ({ typ }: Members) => typ === undefined || (typeof typ === 'string' && typ.toUpperCase() === 'JWT');

/**
 * What is signed, and not the signature: of that there may be several that hold (ECDSA's twin, spare bits of base64url).
 * @param provider its keys may be another provider's, too
 */
function onceKey(provider: string, idToken: string): string {
  const signed = idToken.slice(0, idToken.lastIndexOf('.'));
  return `id-token:${createHash('sha256').update(`${provider}\n${signed}`).digest('base64url')}`;
}

export interface SubmittedToken {
  readonly provider: string;
  readonly idToken: string;
  keys(): Promise<Keys>;
  readonly context: SubmittedTokenContext;
}

/** @throws LatchkeyError `id_token_refused` */
export async function believeToken({ provider, idToken, keys, context }: SubmittedToken): Promise<BelievedToken> {
  const { header, claims } = await readSigned(idToken, keys).catch((error: unknown) => {
    throw refused('the signature does not hold', error);
  });
  if (!isIdToken(header)) throw refused('the header is not that of an ID token');
  const broken = brokenSubmittedClaim(claims, context);
  if (broken !== undefined) throw refused(`${broken} does not hold`);
  return {
    claims,
    subject: String(claims.sub),
    once: { key: onceKey(provider, idToken), ttlMs: lifeLeftMs(claims, context.now) },
  };
}
