// A token that a provider has signed (RFC 7515): nothing in it is believed before its signature is verified.

import { type CompactVerifyGetKey, type CompactVerifyResult, compactVerify, errors } from 'jose';
import { SIGNING_ALGORITHMS } from './id-token-rules.js';
import type { Members } from './json-answer.js';

/** Finds the key of a token among those of one provider. */
export type Keys = CompactVerifyGetKey;

export interface SignedToken {
  readonly header: Members;
  readonly claims: Members;
}

const OPTIONS = { algorithms: [...SIGNING_ALGORITHMS] };

/** Without a key id several keys may fit. The header's own keys and addresses are never looked at. */
async function verified(token: string, keys: Keys): Promise<CompactVerifyResult> {
  try {
    return await compactVerify(token, keys, OPTIONS);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const result = await compactVerify(token, key, OPTIONS).catch(() => undefined);
      if (result !== undefined) return result;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param keys asked for once the algorithm is seen to be one that is believed
 * @throws Error for a signature that does not hold, an extension (`crit`, `b64`), or claims that are no JSON object
 */
export async function readSigned(token: string, keys: () => Promise<Keys>): Promise<SignedToken> {
  const { payload, protectedHeader: header } = await verified(token, async (...whose) => await (await keys())(...whose));
  if (header.crit !== undefined || header.b64 !== undefined) throw new Error('the header names an extension that is not supported');
  const claims: unknown = JSON.parse(UTF_8.decode(payload));
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new TypeError('the claims are not an object');
  return { header: { ...header }, claims: claims as Members };
}
