// The handle on one user whose guard row a transaction holds: the only place where the set of sign-in methods may change.

import type { Transaction } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import type { Journal, LockedAccount, ReadWithUser } from '../lib/accounts/ports.js';
import { methodId } from '../lib/accounts/usable-methods.js';
import type { AccountQuery } from './account-query.js';
import type { AccountTables } from './account-select.js';
import { boundSql } from './bound-sql.js';
import type { GuardRows, Tenures } from './guard-rows.js';
import type { LinkWrites } from './link-writes.js';
import { askingOnce, type MethodFactsIn } from './method-facts.js';
import { quoting } from './quoting.js';
import type { SessionWrites } from './session-writes.js';
import { requiredKey } from './user-ids.js';

export interface LockedAccountsOptions extends AccountTables {
  readonly query: AccountQuery;
  readonly guards: GuardRows;
  readonly tenures: Tenures;
  readonly links: LinkWrites;
  readonly sessions: SessionWrites;
  readonly factsIn: MethodFactsIn;
}

/** A user's first lock: there is no row yet to take it on. */
export class GuardMissing extends Error {}

export interface LockedAccounts {
  /** Takes the lock. @throws GuardMissing */
  lock(userId: string, transaction: Transaction): Promise<void>;
  /** Reads a user whose lock is taken. @throws LatchkeyError `unauthenticated` when there is none */
  read(userId: string, asked: ReadWithUser, transaction: Transaction, journal: Journal): Promise<LockedAccount>;
}

export function createLockedAccounts(options: LockedAccountsOptions): LockedAccounts {
  const { sequelize, models, users, query, guards, tenures, links, sessions, factsIn } = options;
  const { write } = boundSql(sequelize);
  // A sign-up that is not proven yet keeps its own.
  const END_PROOFS = `DELETE FROM ${quoting(sequelize).table(models.AddressProof)} WHERE user_id = $userId AND purpose <> 'sign_up'`;

  return {
    async lock(userId, transaction) {
      if (!(await guards.lock(requiredKey(users.readId, userId), transaction))) throw new GuardMissing();
    },
    async read(userId, asked, transaction, journal) {
      const key = requiredKey(users.readId, userId);
      const found = await query.byId(userId, asked, transaction);
      if (found === undefined) throw new LatchkeyError('unauthenticated');
      await tenures.keep(key, found, transaction);
      return {
        ...journal,
        ...askingOnce(factsIn(transaction)),
        account: found.account,
        session: found.session,
        holder: found.holder,
        insertLink: (identity, at) => links.insert(userId, identity, { at, use: false }, transaction),
        async setPasswordHash(passwordHash) {
          await users.update(userId, { passwordHash }, transaction);
          await write(END_PROOFS, { userId: key }, transaction);
        },
        async remove({ removing }) {
          if (removing.kind === 'password') {
            await users.update(userId, { passwordHash: null }, transaction);
            return await tenures.rememberPlaceholder(key, transaction);
          }
          if (!(await links.remove(key, removing.provider, transaction))) throw new Error(`${methodId(removing)} vanished under the lock`);
        },
        insertSession: (session) => sessions.insert(session, transaction),
        detachSession: (id) => sessions.detach(id, userId, transaction),
        revokeSessions: (except, at) => sessions.revokeAll(userId, except, at, transaction),
        endSession: (id, at) => sessions.end(id, key, at, transaction),
        endOtherSessions: (except, at) => sessions.endOthers(except, key, at, transaction),
      };
    },
  };
}
