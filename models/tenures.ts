// Whom an id stands for, and what stands in their password's column without being one: the guard row remembers both.

import type { Transaction } from 'sequelize';
import { isSuccessor } from '../lib/accounts/successors.js';
import type { AccountQuery, FoundAccount } from './account-query.js';
import type { GuardRows, Remembered } from './guard-rows.js';
import type { Leftovers } from './leftovers.js';
import { placeholderKey } from './placeholders.js';
import { toMillis } from './times.js';
import type { UserKey } from './user-ids.js';
import type { UserMapping } from './user-mapping.js';

export interface TenuresOptions {
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly guards: GuardRows;
  readonly leftovers: Leftovers;
}

export interface Tenures {
  /** Of a user whose lock is held: nothing is left for somebody who got the id of another, and from now on they are the one it stands for. */
  keep(user: UserKey, found: FoundAccount, transaction: Transaction): Promise<void>;
  /** Of a user who was just made. */
  begin(user: UserKey, remembered: Remembered, transaction: Transaction): Promise<void>;
  /** What stands in the column now that no password was written is none. */
  rememberPlaceholder(user: UserKey, transaction: Transaction): Promise<void>;
}

export const millisOf = ({ createdAt }: FoundAccount) => (createdAt === undefined ? null : toMillis(createdAt));

export function createTenures({ users, query, guards, leftovers }: TenuresOptions): Tenures {
  return {
    async keep(user, found, transaction) {
      const { createdAt, remembered } = found;
      if (users.ownUsers || createdAt === undefined) return;
      if (isSuccessor(found)) {
        await leftovers.ofPredecessor(user, transaction);
        await guards.remember(user, { noPassword: null, createdAt: toMillis(createdAt) }, transaction);
      } else if (remembered === undefined) await guards.remember(user, { createdAt: toMillis(createdAt) }, transaction);
    },
    async begin(user, remembered, transaction) {
      if (await guards.make(user, remembered, transaction)) return;
      await leftovers.ofPredecessor(user, transaction);
      await guards.remember(user, remembered, transaction);
    },
    async rememberPlaceholder(user, transaction) {
      const stored = users.ownUsers ? undefined : await query.storedPassword(String(user), transaction);
      if (stored !== undefined) await guards.remember(user, { noPassword: placeholderKey(stored) }, transaction);
    },
  };
}
