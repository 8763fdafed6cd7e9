// A provider's signing keys: a set at most a minute old, downloaded at most once a minute while downloads succeed.

import { withoutEmpty } from '../providers/answers.js';
import { isForTenants, isTemplateOf } from '../providers/issuers.js';
import { withDeadline } from '../support/deadline.js';
import { shareAttempts } from '../support/share-attempts.js';
import { cappedFetch } from './capped-fetch.js';
import type { HttpClient } from './http-client.js';

const MAX_AGE_MS = 60 * 1000;
const TIMEOUT_MS = 5_000;

export interface KeySet {
  readonly jwksUri: string;
  /** The set (RFC 7517, section 5) as if it had just been downloaded; with `isRight` those keys of it. */
  response(isRight?: (key: object) => boolean): Promise<Response>;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isPublicKey = (key: object) => 'kty' in key && (key.kty === 'RSA' || key.kty === 'EC' || key.kty === 'OKP');

/** The keys to verify with (RFC 7517, section 4). What is no key is left out, and so is a member of one that says nothing. */
function publicKeys(body: unknown): readonly object[] {
  const keys: readonly unknown[] = isObject(body) && 'keys' in body && Array.isArray(body.keys) ? body.keys : [];
  return keys
    .filter(isObject)
    .filter(isPublicKey)
    .map((key) => withoutEmpty({ ...key }));
}

async function download(jwksUri: string, http: HttpClient): Promise<readonly object[]> {
  const response = await withDeadline(TIMEOUT_MS, (signal) =>
    cappedFetch(http, signal)(jwksUri, { method: 'GET', headers: { accept: 'application/json' }, body: undefined, redirect: 'manual' }),
  );
  const keys = response.status === 200 ? publicKeys(await response.json()) : [];
  // A set without any key to verify with is an outage and not kept: the next sign-in asks again.
  if (keys.length === 0) throw new Error('the key set is not one');
  return keys;
}

/**
 * By age alone and never by what a token says: a forged key id downloads nothing, and a new key works after a minute at the latest,
 * also where tokens carry no key id or a new key took an old id. (openid-client keeps sets for five minutes.)
 */
export function createKeySet(jwksUri: string, http: HttpClient): KeySet {
  let kept: { readonly keys: readonly object[]; readonly until: number } = { keys: [], until: 0 };

  const load = shareAttempts(async () => {
    kept = { keys: await download(jwksUri, http), until: Date.now() + MAX_AGE_MS };
    return kept.keys;
  });

  return {
    jwksUri,
    async response(isRight = () => true) {
      const keys = Date.now() < kept.until ? kept.keys : await load();
      return new Response(JSON.stringify({ keys: keys.filter(isRight) }), { headers: JSON_HEADERS });
    },
  };
}

/** Microsoft's keys may name an issuer or a template of their own, and then sign for no other ("Validate the signing key issuer"). */
export function isKeyOf(issuer: string, key: object): boolean {
  const named: unknown = Reflect.get(key, 'issuer');
  return typeof named !== 'string' || named === issuer || (isForTenants(named) && isTemplateOf(named, issuer));
}
