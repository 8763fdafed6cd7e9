// Records of cookie sessions in the SQL database.

import { Op } from 'sequelize';
import type { SessionRecords } from '../lib/sessions/session-stores.js';
import { PRIMARY } from './bound-sql.js';
import type { Models } from './define-models.js';
import type { Transactions } from './transactions.js';

export function sqlSessionRecords({ CookieSession }: Models, transactions: Transactions): SessionRecords {
  return {
    async get(id) {
      const where = { id, expiresAt: { [Op.gt]: Date.now() } };
      const query = { where, attributes: ['id', 'record'], raw: true, transaction: null, ...PRIMARY };
      const row = await transactions.read(() => CookieSession.findOne(query));
      const found = row as unknown as { readonly id: unknown; readonly record: unknown } | null;
      // Bytes, where the driver converts nothing. To MariaDB and MySQL an id with a space behind it is the same id.
      return found !== null && String(found.id) === id ? String(found.record) : undefined;
    },
    async set(id, record, expiresAt) {
      await transactions.write((transaction) => CookieSession.upsert({ id, record, expiresAt: expiresAt.getTime() }, { transaction }));
    },
    async remove(id) {
      await transactions.write((transaction) => CookieSession.destroy({ where: { id }, transaction }));
    },
  };
}
