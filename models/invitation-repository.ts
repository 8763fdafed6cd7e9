// Invitations over SQL: a delete that reports its count decides who used one.

import type { Sequelize, Transaction } from 'sequelize';
import type { InvitationRepository } from '../lib/accounts/invitations.js';
import { boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { fromMillis, toMillis } from './times.js';
import type { Transactions } from './transactions.js';

export interface SqlInvitationRepository extends InvitationRepository {
  /** Uses it up: of any number of callers one gets true. */
  take(tokenHash: string, transaction: Transaction): Promise<boolean>;
}

export function createInvitationRepository(
  sequelize: Sequelize,
  { Invitation }: Pick<Models, 'Invitation'>,
  transactions: Transactions,
): SqlInvitationRepository {
  const { select, write } = boundSql(sequelize);
  const invitations = quoting(sequelize).table(Invitation);
  const INSERT = `INSERT INTO ${invitations} (token_hash, email, expires_at) VALUES ($tokenHash, $email, $expiresAt)`;
  const until = readable(sequelize).number('expires_at');
  const FIND = `SELECT email, ${until} AS expires_at FROM ${invitations} WHERE token_hash = $tokenHash AND expires_at > $now`;
  const TAKE = `DELETE FROM ${invitations} WHERE token_hash = $tokenHash AND expires_at > $now`;
  return {
    async insert({ tokenHash, email = null, expiresAt }) {
      await transactions.writeOne((transaction) => write(INSERT, { tokenHash, email, expiresAt: toMillis(expiresAt) }, transaction));
    },
    async find(tokenHash) {
      const [row] = await transactions.read(() => select(FIND, { tokenHash, now: Date.now() }));
      if (row === undefined) return undefined;
      return { email: row.email === null ? undefined : String(row.email), expiresAt: fromMillis(row.expires_at) };
    },
    take: async (tokenHash, transaction) => (await write(TAKE, { tokenHash, now: Date.now() }, transaction)) === 1,
  };
}
