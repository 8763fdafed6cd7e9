// Records of cookie sessions in the SQL database.

import type { Sequelize } from 'sequelize';
import type { SessionRecords } from '../lib/accounts/session-ports.js';
import { boundSql, insertOrReplace } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import type { Transactions } from './transactions.js';

export function sqlSessionRecords(sequelize: Sequelize, { CookieSession }: Models, transactions: Transactions): SessionRecords {
  const { select, write } = boundSql(sequelize);
  const sessions = quoting(sequelize).table(CookieSession);
  const GET = `SELECT id, record FROM ${sessions} WHERE id = $id AND expires_at > $now`;
  const SET = insertOrReplace(sequelize, sessions, 'id', { id: '$id', record: '$record', expires_at: '$expiresAt' });
  const REMOVE = `DELETE FROM ${sessions} WHERE id = $id`;

  return {
    async get(id) {
      const [found] = await transactions.read(() => select(GET, { id, now: Date.now() }));
      // Bytes, where the driver converts nothing. To MariaDB and MySQL an id with a space behind it is the same id.
      return found !== undefined && String(found.id) === id ? String(found.record) : undefined;
    },
    async set(id, record, expiresAt) {
      await transactions.writeOne((transaction) => write(SET, { id, record, expiresAt: expiresAt.getTime() }, transaction));
    },
    async remove(id) {
      await transactions.writeOne((transaction) => write(REMOVE, { id }, transaction));
    },
  };
}
