// An identity that was just proven but conflicts with another account: it is kept for this browser while the person answers a question.

import { createHash } from 'node:crypto';
import { FLOW_TTL_MS } from './flow.js';
import type { OneTimeStore } from './one-time-store.js';
import type { VerifiedIdentity } from './types.js';

export type PendingIdentity =
  /** Its address is that of other accounts: whoever proves that one of them is theirs has it linked there. */
  | { readonly why: 'address'; readonly owners: readonly string[]; readonly returnTo: string; readonly identity: VerifiedIdentity }
  /** It is linked to another account, and `to` would have it. */
  | { readonly why: 'link'; readonly from: string; readonly to: string; readonly returnTo: string; readonly identity: VerifiedIdentity };

export interface PendingIdentities {
  /** One at a time for each browser, for ten minutes. @param browser the secret that only this browser shows */
  keep(browser: string, pending: PendingIdentity): Promise<void>;
  /** What is done with it is done once by the lock that it is done under. */
  peek(browser: string): Promise<PendingIdentity | undefined>;
  /** Never throws: what was done with it is committed. */
  forget(browser: string): Promise<void>;
}

/** Bytes of JSON: what the store takes, with room for the rest of the record. */
const MAX_IDENTITY = 3072;

const keyOf = (browser: string) => `pending:${createHash('sha256').update(browser).digest('base64url')}`;

const size = (identity: VerifiedIdentity) => Buffer.byteLength(JSON.stringify(identity));

/** Tokens are nothing to be kept unsealed; a picture is nothing to fail for. The next sign-in brings both. */
function small({ tokens: _tokens, ...identity }: VerifiedIdentity): VerifiedIdentity {
  if (size(identity) <= MAX_IDENTITY) return identity;
  const { picture: _picture, ...profile } = identity.profile;
  return { ...identity, profile };
}

/** What a date became as JSON. */
function revive(record: unknown): PendingIdentity | undefined {
  if (record === undefined) return undefined;
  const pending = record as PendingIdentity;
  const { authenticatedAt, ...identity } = pending.identity;
  return { ...pending, identity: authenticatedAt === undefined ? identity : { ...identity, authenticatedAt: new Date(authenticatedAt) } };
}

export function createPendingIdentities(store: OneTimeStore): PendingIdentities {
  return {
    keep: (browser, pending) => store.put(keyOf(browser), { ...pending, identity: small(pending.identity) }, FLOW_TTL_MS),
    peek: async (browser) => revive(await store.peek(keyOf(browser))),
    forget: (browser) =>
      store.claim(keyOf(browser)).then(
        () => undefined,
        () => undefined,
      ),
  };
}
