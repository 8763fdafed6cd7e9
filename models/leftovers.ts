// What is stored about a host's user outside their own row: it is removed with the user, so that somebody who gets the same id does not get
// it.

import type { Sequelize, Transaction } from 'sequelize';
import { boundList, boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import type { UserKey } from './user-ids.js';

export interface Leftovers {
  /** Links, sessions and links in mail. The guard row stays, for whoever holds it. */
  ofPredecessor(user: UserKey, transaction: Transaction): Promise<void>;
  /** The same, and guard rows. */
  of(users: readonly UserKey[], transaction: Transaction | undefined): Promise<void>;
  ofEverybody(transaction: Transaction | undefined): Promise<void>;
}

/** Parameters of one statement; SQLite may allow 999. */
const AT_ONCE = 500;

export function createLeftovers(sequelize: Sequelize, { RefreshToken, SocialLink, SignInGuard, AddressProof }: Models): Leftovers {
  const { write } = boundSql(sequelize);
  const { table } = quoting(sequelize);
  // Sessions go before the links that they hang on, as their own end; the guard row last, as long as it can be the lock.
  const belongings = [RefreshToken, SocialLink, AddressProof].map(table);
  const all = [...belongings, table(SignInGuard)];

  return {
    async ofPredecessor(user, transaction) {
      for (const name of belongings) await write(`DELETE FROM ${name} WHERE user_id = $user`, { user }, transaction);
    },
    async of(users, transaction) {
      for (let from = 0; from < users.length; from += AT_ONCE) {
        const { sql, bind } = boundList('user', users.slice(from, from + AT_ONCE));
        for (const name of all) await write(`DELETE FROM ${name} WHERE user_id IN (${sql})`, bind, transaction);
      }
    },
    async ofEverybody(transaction) {
      for (const name of all) await write(`DELETE FROM ${name}`, {}, transaction);
    },
  };
}
