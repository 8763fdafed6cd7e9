// One-time values in the SQL database: a delete that reports its count decides who took a record.

import { createHash } from 'node:crypto';
import { Op, type Transaction } from 'sequelize';
import type { OneTimeStore } from '../lib/stores/one-time-store.js';
import type { Models } from './define-models.js';
import type { Transactions } from './transactions.js';

/** Hexadecimal: no collation takes one key for another that only differs in case. */
const idOf = (key: string) => createHash('sha256').update(key).digest('hex');

export function sqlOneTimeStore({ Flow }: Models, transactions: Transactions): OneTimeStore {
  /** With a transaction: its row is locked. */
  async function find(id: string, transaction: Transaction | null): Promise<unknown> {
    const where = { id, expiresAt: { [Op.gt]: Date.now() } };
    const lock = transaction === null ? {} : { lock: transaction.LOCK.UPDATE };
    const row = await Flow.findOne({ where, attributes: ['record'], raw: true, transaction, ...lock });
    return row === null ? undefined : JSON.parse(String((row as unknown as { readonly record: unknown }).record));
  }

  const peek = (key: string) => transactions.read(() => find(idOf(key), null));

  async function claim(key: string): Promise<boolean> {
    return (await transactions.write((transaction) => Flow.destroy({ where: { id: idOf(key) }, transaction }))) === 1;
  }

  return {
    peek,
    claim,
    async put(key, record, ttlMs) {
      const row = { id: idOf(key), record: JSON.stringify(record), expiresAt: Math.ceil(Date.now() + ttlMs) };
      await transactions.write((transaction) => Flow.upsert(row, { transaction }));
    },
    async take(key) {
      const record = await peek(key);
      return record !== undefined && (await claim(key)) ? record : undefined;
    },
    exchange: (key, record) =>
      transactions.write(async (transaction) => {
        const id = idOf(key);
        const kept = await find(id, transaction);
        // On a cluster the lock holds on one node only; it is the write that collides there.
        if (kept !== undefined) await Flow.update({ record: JSON.stringify(record) }, { where: { id }, transaction });
        return kept;
      }),
  };
}
