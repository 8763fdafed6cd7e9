// A user's guard row: every change to their sign-in methods locks it, and it stores what has to be remembered about the user's own row.

import type { Sequelize, Transaction } from 'sequelize';
import { isSuccessor } from '../lib/accounts/successors.js';
import type { AccountQuery, FoundAccount } from './account-query.js';
import { boundSql, insertIfAbsent } from './bound-sql.js';
import type { Models } from './define-models.js';
import type { Leftovers } from './leftovers.js';
import { placeholderKey } from './placeholders.js';
import { quoting } from './quoting.js';
import { toMillis } from './times.js';
import type { UserKey } from './user-ids.js';
import type { UserMapping } from './user-mapping.js';

/** What is known of the user's row; null where there is nothing to remember. */
export interface Remembered {
  /** What stood in the column of the password where this product wrote none: its `placeholderKey`. */
  readonly noPassword: string | null;
  /** When the user was made, in milliseconds since 1970. */
  readonly createdAt: number | null;
}

export interface GuardRows {
  /**
   * The first statement of a transaction under the lock, and a write: it locks on one server, collides at certification on a
   * cluster, and turns a stale snapshot into a conflict. A SELECT … FOR UPDATE does only the first of the three.
   * @returns false when there is no such row
   */
  lock(user: UserKey, transaction: Transaction): Promise<boolean>;
  /** False when there is one already; that one stays as it is. */
  make(user: UserKey, remembered: Remembered, transaction: Transaction): Promise<boolean>;
  remember(user: UserKey, remembered: Partial<Remembered>, transaction: Transaction): Promise<void>;
}

export function createGuardRows(sequelize: Sequelize, { SignInGuard }: Models): GuardRows {
  const { write } = boundSql(sequelize);
  const guards = quoting(sequelize).table(SignInGuard);
  const LOCK = `UPDATE ${guards} SET version = version + 1 WHERE user_id = $user`;
  const MAKE = insertIfAbsent(
    sequelize,
    `INTO ${guards} (user_id, version, no_password, user_created_at) VALUES ($user, 0, $noPassword, $createdAt)`,
  );
  const COLUMNS = { noPassword: 'no_password', createdAt: 'user_created_at' } as const satisfies Record<keyof Remembered, string>;

  return {
    lock: async (user, transaction) => (await write(LOCK, { user }, transaction)) > 0,
    make: async (user, remembered, transaction) => (await write(MAKE, { user, ...remembered }, transaction)) > 0,
    async remember(user, remembered, transaction) {
      const changes = Object.keys(remembered).map((fact) => `${COLUMNS[fact as keyof Remembered]} = $${fact}`);
      await write(`UPDATE ${guards} SET ${changes.join(', ')} WHERE user_id = $user`, { user, ...remembered }, transaction);
    },
  };
}

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
