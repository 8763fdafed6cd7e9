// Writes of links: a new link, a sign-in with one, the removal of one.

import type { Transaction } from 'sequelize';
import { identityKey } from '../lib/accounts/keys.js';
import type { Identity, ProviderTokens, SocialLink, VerifiedIdentity } from '../lib/accounts/types.js';
import type { AccountTables } from './account-select.js';
import { keyBytes } from './binary-keys.js';
import { boundSql } from './bound-sql.js';
import type { LinkQuery } from './link-query.js';
import { quoting } from './quoting.js';
import { writtenDate } from './times.js';
import { requiredKey, type UserKey } from './user-ids.js';

/** Encrypts the tokens of an identity for its row. */
export type SealTokens = (identity: Identity, tokens: ProviderTokens) => string;

export interface LinkWritesOptions extends AccountTables {
  readonly query: LinkQuery;
  /** Absent: no tokens are kept. */
  readonly sealTokens: SealTokens | undefined;
}

export interface NewLink {
  readonly at: Date;
  /** It signs somebody in at once. */
  readonly use: boolean;
}

export interface LinkWrites {
  insert(userId: string, identity: VerifiedIdentity, link: NewLink, transaction: Transaction): Promise<SocialLink>;
  /** Marks a sign-in; false when the link is gone. */
  touch(id: string, identity: VerifiedIdentity, at: Date, transaction: Transaction): Promise<boolean>;
  /** False when there is none. */
  remove(user: UserKey, provider: string, transaction: Transaction): Promise<boolean>;
  /** Puts sealed tokens in the place of `old` alone; false where others stand there. */
  replaceTokens(id: string, old: string, tokens: string | undefined, transaction: Transaction | undefined): Promise<boolean>;
}

export function createLinkWrites({ sequelize, models, users, query, sealTokens }: LinkWritesOptions): LinkWrites {
  const { write, insert } = boundSql(sequelize);
  const usedAt = writtenDate(models.SocialLink, 'lastUsedAt');
  const linkedAt = writtenDate(models.SocialLink, 'linkedAt');
  const links = quoting(sequelize).table(models.SocialLink);
  const REMOVE = `DELETE FROM ${links} WHERE user_id = $userId AND provider = $provider`;
  const REPLACE_TOKENS = `UPDATE ${links} SET tokens = $tokens WHERE id = $id AND tokens = $old`;

  function sealed(identity: VerifiedIdentity): string | undefined {
    return identity.tokens === undefined ? undefined : sealTokens?.(identity, identity.tokens);
  }

  return {
    async insert(userId, identity, { at, use }, transaction) {
      const { provider, namespace, subject, hostedDomain, profile } = identity;
      const { email, name, picture } = profile;
      if (!users.ownUsers) await query.forgetOrphan(identity, transaction);
      const tokens = sealed(identity);
      const used = use ? { last_used_at: usedAt(at), sign_ins: 1 } : { sign_ins: 0 };
      const known = { provider, namespace, subject, hosted_domain: hostedDomain, email, name, picture, tokens };
      const row = {
        user_id: requiredKey(users.readId, userId),
        identity_hash: keyBytes(identityKey(identity)),
        ...known,
        linked_at: linkedAt(at),
        ...used,
      };
      const id = await insert(links, row, transaction);
      const values = { userId, provider, namespace, subject, hostedDomain, email, name, picture, linkedAt: at };
      return { ...values, id, lastUsedAt: use ? at : undefined, sealedTokens: tokens };
    },
    async touch(id, identity, at, transaction) {
      const tokens = sealed(identity);
      const { namespace, hostedDomain } = identity;
      // A link of before they were kept learns them here.
      const origin =
        namespace === undefined ? {} : { namespace, hosted_domain: hostedDomain ?? null, identity_hash: keyBytes(identityKey(identity)) };
      const changes = { last_used_at: usedAt(at), ...origin, ...(tokens === undefined ? {} : { tokens }) };
      const changed = Object.keys(changes).map((column) => `${column} = $${column}`);
      // MySQL counts only rows whose values change, and two sign-ins may share a moment: the counter always moves.
      const touch = `UPDATE ${links} SET sign_ins = sign_ins + 1, ${changed.join(', ')} WHERE id = $id`;
      return (await write(touch, { id: Number(id), ...changes }, transaction)) === 1;
    },
    remove: async (userId, provider, transaction) => (await write(REMOVE, { userId, provider }, transaction)) === 1,
    replaceTokens: async (id, old, tokens, transaction) =>
      (await write(REPLACE_TOKENS, { id: Number(id), old, tokens: tokens ?? null }, transaction)) === 1,
  };
}
