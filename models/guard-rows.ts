// A user's guard row: what every change to their sign-in methods locks, and what has to be remembered of their own row.

import type { Sequelize, Transaction } from 'sequelize';
import { boundSql, insertIfAbsent } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import type { UserKey } from './user-ids.js';

/** What is known of the user's row; null where there is nothing to remember. */
export interface Remembered {
  /** What stood in the column of the password where this product wrote none: its `placeholderKey`. */
  readonly noPassword: string | null;
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
  remember(user: UserKey, remembered: Remembered, transaction: Transaction): Promise<void>;
}

export function createGuardRows(sequelize: Sequelize, { SignInGuard }: Models): GuardRows {
  const { write } = boundSql(sequelize);
  const guards = quoting(sequelize).table(SignInGuard);
  const LOCK = `UPDATE ${guards} SET version = version + 1 WHERE user_id = $user`;
  const MAKE = insertIfAbsent(sequelize, `INTO ${guards} (user_id, version, no_password) VALUES ($user, 0, $noPassword)`);
  const REMEMBER = `UPDATE ${guards} SET no_password = $noPassword WHERE user_id = $user`;

  return {
    lock: async (user, transaction) => (await write(LOCK, { user }, transaction)) > 0,
    make: async (user, { noPassword }, transaction) => (await write(MAKE, { user, noPassword }, transaction)) > 0,
    async remember(user, { noPassword }, transaction) {
      await write(REMEMBER, { user, noPassword }, transaction);
    },
  };
}
