// One-time values in the SQL database: a delete that reports its count decides who took a record.

import { Op } from 'sequelize';
import type { OneTimeStore } from '../lib/stores/one-time-store.js';
import type { Models } from './define-models.js';
import type { Transactions } from './transactions.js';

export function sqlOneTimeStore({ Flow }: Models, transactions: Transactions): OneTimeStore {
  async function peek(id: string): Promise<unknown> {
    const where = { id, expiresAt: { [Op.gt]: Date.now() } };
    const row = await transactions.read(() => Flow.findOne({ where, attributes: ['id', 'record'], raw: true, transaction: null }));
    const found = row as unknown as { readonly id: string; readonly record: string } | null;
    // To MariaDB and MySQL a key with a space behind it is the same key.
    return found?.id === id ? JSON.parse(found.record) : undefined;
  }

  return {
    peek,
    async put(id, record, ttlMs) {
      const row = { id, record: JSON.stringify(record), expiresAt: Math.ceil(Date.now() + ttlMs) };
      await transactions.write((transaction) => Flow.upsert(row, { transaction }));
    },
    async take(id) {
      const record = await peek(id);
      if (record === undefined) return undefined;
      const removed = await transactions.write((transaction) => Flow.destroy({ where: { id }, transaction }));
      return removed === 1 ? record : undefined;
    },
  };
}
