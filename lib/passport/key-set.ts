// A provider's signing keys: a set at most a minute old, downloaded at most once a minute while downloads succeed.

import { cappedFetch } from './capped-fetch.js';
import { withDeadline } from './deadline.js';

const MAX_AGE_MS = 60 * 1000;
const TIMEOUT_MS = 5_000;

/** Gives the key set (RFC 7517, section 5) as a fresh response. */
export type KeySet = (jwksUri: string) => Promise<Response>;

const JSON_HEADERS = { 'content-type': 'application/json' };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isPublicKey = (key: object) => 'kty' in key && (key.kty === 'RSA' || key.kty === 'EC' || key.kty === 'OKP');

/** A set without any key to verify with is an outage and not kept: the next sign-in asks again. */
function isUsable(body: unknown): boolean {
  if (!isObject(body) || !('keys' in body) || !Array.isArray(body.keys)) return false;
  const keys: readonly unknown[] = body.keys;
  return keys.every(isObject) && keys.some(isPublicKey);
}

async function download(jwksUri: string): Promise<string> {
  const response = await withDeadline(TIMEOUT_MS, (signal) =>
    cappedFetch(signal)(jwksUri, { method: 'GET', headers: { accept: 'application/json' }, body: undefined, redirect: 'manual' }),
  );
  const text = await response.text();
  if (response.status !== 200 || !isUsable(JSON.parse(text))) throw new Error('the key set is not one');
  return text;
}

/**
 * By age alone and never by what a token says: a forged key id downloads nothing, and a new key works after a minute at the latest,
 * also where tokens carry no key id or a new key took an old id. (openid-client keeps sets for five minutes.)
 */
export function createKeySet(): KeySet {
  let kept: { readonly jwksUri: string; readonly text: string; readonly until: number } | undefined;
  let pending: { readonly jwksUri: string; readonly text: Promise<string> } | undefined;

  async function load(jwksUri: string): Promise<string> {
    try {
      const text = await download(jwksUri);
      kept = { jwksUri, text, until: Date.now() + MAX_AGE_MS };
      return text;
    } finally {
      pending = undefined;
    }
  }

  return async (jwksUri) => {
    if (kept?.jwksUri === jwksUri && Date.now() < kept.until) return new Response(kept.text, { headers: JSON_HEADERS });
    if (pending?.jwksUri !== jwksUri) pending = { jwksUri, text: load(jwksUri) };
    return new Response(await pending.text, { headers: JSON_HEADERS });
  };
}
