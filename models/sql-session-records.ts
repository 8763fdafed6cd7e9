// Records of cookie sessions in the SQL database.

import { Op } from 'sequelize';
import type { SessionRecords } from '../lib/sessions/session-records.js';
import type { Models } from './define-models.js';
import type { Transactions } from './transactions.js';

export function sqlSessionRecords({ CookieSession }: Models, transactions: Transactions): SessionRecords {
  return {
    async get(id) {
      const where = { id, expiresAt: { [Op.gt]: Date.now() } };
      const row = await transactions.read(() => CookieSession.findOne({ where, attributes: ['record'], raw: true, transaction: null }));
      return row === null ? undefined : (row as unknown as { record: string }).record;
    },
    async set(id, record, expiresAt) {
      await transactions.write((transaction) => CookieSession.upsert({ id, record, expiresAt: expiresAt.getTime() }, { transaction }));
    },
    async remove(id) {
      await transactions.write((transaction) => CookieSession.destroy({ where: { id }, transaction }));
    },
  };
}
