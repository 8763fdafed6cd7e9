// Whom an unverified ID token names, and the rules for a signed one (OpenID Connect Core 1.0, section 3.1.3.7).

import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { isForTenants, issuerOfTenant } from '../providers/issuers.js';
import { Mismatch } from './provider-failure.js';

/** Never `none`, never HS*: whatever a provider announces, these are accepted (RFC 8725, section 3.1). */
export const SIGNING_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
  ...(['EdDSA', 'Ed25519'] as const),
] as const;

/** Seconds. */
export const CLOCK_SKEW = 60;
const MAX_AGE = 24 * 60 * 60;

/** For whom a token may be. */
export interface Audience {
  readonly clientId: string;
  /** Believed beside the client id. */
  readonly audiences?: readonly string[] | undefined;
}

export interface IdTokenContext extends Audience {
  readonly issuer: string;
  /** In lower case; `undefined`: nothing is asked of `tid`. */
  readonly tenants?: readonly string[] | undefined;
  /** `undefined`: nobody asked with one, and so none may be there. */
  readonly nonce: string | undefined;
  readonly accessToken: string;
  /** Of the token's header. */
  readonly alg: unknown;
  /** Seconds since 1970. */
  readonly now: number;
}

export type Claims = Readonly<Record<string, unknown>>;

type Rule = (claims: Claims, context: IdTokenContext) => boolean;

/** By the number in the algorithm's name (RFC 7518, section 3.1); Ed25519 hashes with SHA-512 itself (RFC 8032, section 5.1). */
const HASHES: ReadonlyMap<unknown, string> = new Map(
  SIGNING_ALGORITHMS.map((alg) => [alg, alg.startsWith('Ed') ? 'sha512' : `sha${alg.slice(2)}`]),
);

/** The left half of the access token's hash, by the hash of the token's own algorithm (OpenID Connect Core 1.0, section 3.1.3.6). */
function accessTokenHash(accessToken: string, alg: unknown): string | undefined {
  const hash = HASHES.get(alg);
  if (hash === undefined) return undefined;
  const digest = createHash(hash).update(accessToken).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** A number too large for JavaScript is read as Infinity, and such a token would never end. */
const isTime = (value: unknown): value is number => Number.isFinite(value);

/** What a subject may be: 1 to 255 printable ASCII characters (OpenID Connect Core 1.0, section 2). */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value);
}

const audiencesOf = (aud: unknown): readonly unknown[] => (Array.isArray(aud) ? aud : [aud]);

/** We are among them, and nobody but whom the configuration names. */
export function isForUs(aud: unknown, { clientId, audiences = [] }: Audience): boolean {
  const named = audiencesOf(aud);
  return named.includes(clientId) && named.every((one) => one === clientId || audiences.some((further) => further === one));
}

/** @param tenants in lower case */
function isOneOf(tid: unknown, tenants: readonly string[]): tid is string {
  return typeof tid === 'string' && tenants.includes(tid.toLowerCase());
}

/** The rules of times that every signed token has in common. */
export const TIME_RULES = {
  exp: ({ exp }, { now }) => isTime(exp) && exp > now - CLOCK_SKEW,
  nbf: ({ nbf }, { now }) => nbf === undefined || (isTime(nbf) && nbf <= now + CLOCK_SKEW),
} as const satisfies Readonly<Record<string, (claims: Claims, context: { readonly now: number }) => boolean>>;

const RULES: Readonly<Record<string, Rule>> = {
  iss: ({ iss }, { issuer }) => iss === issuer,
  aud: ({ aud }, context) => isForUs(aud, context),
  azp: ({ aud, azp }, { clientId }) => (azp === undefined ? audiencesOf(aud).length === 1 : azp === clientId),
  ...TIME_RULES,
  iat: ({ iat }, { now }) => isTime(iat) && iat <= now + CLOCK_SKEW && iat >= now - MAX_AGE,
  auth_time: ({ auth_time: at }) => at === undefined || (isTime(at) && at >= 0),
  nonce: ({ nonce }, context) => nonce === context.nonce,
  sub: ({ sub }) => isSubject(sub),
  tid: ({ tid }, { tenants }) => tenants === undefined || isOneOf(tid, tenants),
  at_hash: ({ at_hash }, { accessToken, alg }) => at_hash === undefined || at_hash === accessTokenHash(accessToken, alg),
};

/** The first claim that does not hold; `undefined` when all do. */
export function brokenClaim(claims: Claims, context: IdTokenContext): string | undefined {
  return Object.entries(RULES).find(([, holds]) => !holds(claims, context))?.[0];
}

export interface Expected extends Audience {
  /** As discovered. */
  readonly issuer: string;
  readonly tenants?: readonly string[] | undefined;
}

/** Nothing where it cannot be read; what is wrong with it then, the checks say. */
export function uncheckedClaims(idToken: unknown): Claims {
  try {
    return decodeJwt(String(idToken));
  } catch {
    return {};
  }
}

/** The issuer of the token's own tenant. Whoever lies about it here is found out by that issuer's signature. */
function issuerOf({ tid }: Claims, { issuer, tenants = [] }: Expected): string {
  if (!isForTenants(issuer)) return issuer;
  if (!isOneOf(tid, tenants))
    throw new Mismatch('the tenant of the ID token is not in "tenants"', { configured: tenants.join(' '), found: tid });
  return issuerOfTenant(issuer, tid);
}

/**
 * The issuer that the token has to name, in everything else that is checked of it.
 * @throws Error where it names another issuer or audience
 */
export function issuerToName(claims: Claims, expected: Expected): string {
  const issuer = issuerOf(claims, expected);
  const { iss, aud } = claims;
  if (iss !== undefined && iss !== issuer) throw new Mismatch('the ID token is from another issuer', { configured: issuer, found: iss });
  if (aud !== undefined && !isForUs(aud, expected)) {
    const configured = [expected.clientId, ...(expected.audiences ?? [])].join(' ');
    throw new Mismatch('the ID token is for another audience', { configured, found: aud });
  }
  return issuer;
}
