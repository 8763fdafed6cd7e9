// A provider's signing keys: a set at most a minute old, downloaded at most once a minute while downloads succeed.

import { createLocalJWKSet, type JWK } from 'jose';
import { withoutEmpty } from '../providers/answers.js';
import { isForTenants, isTemplateOf } from '../providers/issuers.js';
import { withDeadline } from '../support/deadline.js';
import { shareAttempts } from '../support/share-attempts.js';
import type { HttpClient } from './http-client.js';
import { jsonOf, type Members } from './json-answer.js';
import type { Keys } from './signed-token.js';

const MAX_AGE_MS = 60 * 1000;
const TIMEOUT_MS = 5_000;

export interface KeySet {
  readonly jwksUri: string;
  /**
   * The keys of the set (RFC 7517, section 5).
   * @param issuer those alone that may sign for it
   */
  keys(issuer?: string): Promise<Keys>;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isPublicKey = (key: object) => 'kty' in key && (key.kty === 'RSA' || key.kty === 'EC' || key.kty === 'OKP');

/** The keys to verify with (RFC 7517, section 4). What is no key is left out, and so is a member of one that says nothing. */
function publicKeys({ keys }: Members): readonly object[] {
  const listed: readonly unknown[] = Array.isArray(keys) ? keys : [];
  return listed
    .filter(isObject)
    .filter(isPublicKey)
    .map((key) => withoutEmpty({ ...key }));
}

/** Microsoft's keys may name an issuer or a template of their own, and then sign for no other ("Validate the signing key issuer"). */
function isKeyOf(issuer: string, key: object): boolean {
  const named: unknown = Reflect.get(key, 'issuer');
  return typeof named !== 'string' || named === issuer || (isForTenants(named) && isTemplateOf(named, issuer));
}

async function download(jwksUri: string, http: HttpClient): Promise<readonly object[]> {
  const headers = { accept: 'application/json' };
  const reply = await withDeadline(TIMEOUT_MS, (signal) => http(new URL(jwksUri), { method: 'GET', headers, isRepeatable: true, signal }));
  const keys = publicKeys(jsonOf(reply, 'the key set'));
  // A set without any key to verify with is an outage and not kept: the next sign-in asks again.
  if (keys.length === 0) throw new Error('the key set has no usable keys');
  return keys;
}

/** Each is read but once, whosever token it is for. */
function findersOf(keys: readonly object[]): (issuer: string | undefined) => Keys {
  const finders = new Map<string | undefined, Keys>();
  return (issuer) => {
    const known = finders.get(issuer);
    if (known !== undefined) return known;
    const right = issuer === undefined ? keys : keys.filter((key) => isKeyOf(issuer, key));
    const made = createLocalJWKSet({ keys: right as JWK[] });
    finders.set(issuer, made);
    return made;
  };
}

/**
 * By age alone and never by what a token says: a forged key id downloads nothing, and a new key works after a minute at the latest,
 * also where tokens carry no key id or a new key took an old id.
 */
export function createKeySet(jwksUri: string, http: HttpClient): KeySet {
  let kept = { find: findersOf([]), until: 0 };

  const load = shareAttempts(async () => {
    kept = { find: findersOf(await download(jwksUri, http)), until: Date.now() + MAX_AGE_MS };
    return kept.find;
  });

  return {
    jwksUri,
    keys: async (issuer) => (Date.now() < kept.until ? kept.find : await load())(issuer),
  };
}
