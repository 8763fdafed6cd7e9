// The rules of an ID token that a native app hands in: nobody asked for it by a flow, so it must be young, for us, and a sign-in.

import { createHash } from 'node:crypto';
import { type Audience, CLOCK_SKEW, type Claims, isSubject } from './id-token-rules.js';

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
  exp: ({ exp }, { now }) => isTime(exp) && exp > now - CLOCK_SKEW,
  nbf: ({ nbf }, { now }) => nbf === undefined || (isTime(nbf) && nbf <= now + CLOCK_SKEW),
  iat: ({ iat }, { now }) => isTime(iat) && iat <= now + CLOCK_SKEW && iat >= now - MAX_AGE,
  nonce: (claims, { nonce }) => nonce === undefined || isNonce(claims.nonce, nonce),
  sub: ({ sub }) => isSubject(sub),
  // Providers sign other things for us with the same keys, such as word that somebody has left (RFC 8417, section 2.2).
  events: ({ events }) => events === undefined,
};

/** The first claim that does not hold; `undefined` when all do. */
export function brokenSubmittedClaim(claims: Claims, context: SubmittedTokenContext): string | undefined {
  return Object.entries(RULES).find(([, holds]) => !holds(claims, context))?.[0];
}

/** Milliseconds from now on in which the token would be believed once more, clocks that differ included. */
export function lifeLeftMs({ exp, iat }: Claims, now: number): number {
  const until = Math.min(Number(exp) + CLOCK_SKEW, Number(iat) + MAX_AGE);
  return (until - now + 2 * CLOCK_SKEW) * 1000;
}
