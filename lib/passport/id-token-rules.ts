// The rules of an ID token that openid-client leaves open (OpenID Connect Core 1.0, section 3.1.3.7).

import { createHash } from 'node:crypto';

/** Never `none`, never HS*: whatever a provider announces, these are accepted (RFC 8725, section 3.1). */
export const SIGNING_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const;

/** Seconds. */
export const CLOCK_SKEW = 60;
const MAX_AGE = 24 * 60 * 60;

export interface IdTokenContext {
  readonly clientId: string;
  readonly issuer: string;
  readonly nonce: string;
  readonly accessToken: string;
  /** Of the token's header. */
  readonly alg: unknown;
  /** Seconds since 1970. */
  readonly now: number;
}

export type Claims = Readonly<Record<string, unknown>>;

type Rule = (claims: Claims, context: IdTokenContext) => boolean;

const HASHES: ReadonlyMap<unknown, string> = new Map<(typeof SIGNING_ALGORITHMS)[number], string>([
  ['RS256', 'sha256'],
  ['PS256', 'sha256'],
  ['ES256', 'sha256'],
  ['ES384', 'sha384'],
  ['EdDSA', 'sha512'],
  ['Ed25519', 'sha512'],
]);

/** The left half of the access token's hash, by the hash of the token's own algorithm (OpenID Connect Core 1.0, section 3.1.3.6). */
export function accessTokenHash(accessToken: string, alg: unknown): string | undefined {
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

const RULES: Readonly<Record<string, Rule>> = {
  iss: ({ iss }, { issuer }) => iss === issuer,
  aud: ({ aud }, { clientId }) => (Array.isArray(aud) ? aud.length > 0 && aud.every((one) => one === clientId) : aud === clientId),
  azp: ({ azp }, { clientId }) => azp === undefined || azp === clientId,
  exp: ({ exp }, { now }) => isTime(exp) && exp > now - CLOCK_SKEW,
  iat: ({ iat }, { now }) => isTime(iat) && iat <= now + CLOCK_SKEW && iat >= now - MAX_AGE,
  nonce: ({ nonce }, context) => nonce === context.nonce,
  sub: ({ sub }) => isSubject(sub),
  at_hash: ({ at_hash }, { accessToken, alg }) => at_hash === undefined || at_hash === accessTokenHash(accessToken, alg),
};

/** The first claim that does not hold; `undefined` when all do. */
export function brokenClaim(claims: Claims, context: IdTokenContext): string | undefined {
  return Object.entries(RULES).find(([, holds]) => !holds(claims, context))?.[0];
}
