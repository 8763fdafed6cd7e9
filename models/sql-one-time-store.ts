// One-time values in the SQL database: a delete that reports its count decides who took a record.

import { createHash } from 'node:crypto';
import type { Sequelize, Transaction } from 'sequelize';
import type { OneTimeStore } from '../lib/accounts/one-time-store.js';
import { boundSql, insertIfAbsent, insertOrReplace } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import type { Transactions } from './transactions.js';

/** Hexadecimal: no collation takes one key for another that only differs in case. */
const idOf = (key: string) => createHash('sha256').update(key).digest('hex');

export function sqlOneTimeStore(sequelize: Sequelize, { Flow }: Models, transactions: Transactions): OneTimeStore {
  const { select, write } = boundSql(sequelize);
  const flows = quoting(sequelize).table(Flow);
  const PUT = insertOrReplace(sequelize, flows, 'id', { id: '$id', record: '$record', expires_at: '$expiresAt' });
  const PUT_NEW = insertIfAbsent(sequelize, `INTO ${flows} (id, record, expires_at) VALUES ($id, $record, $expiresAt)`);
  const FORGET_OLD = `DELETE FROM ${flows} WHERE id = $id AND expires_at <= $now`;
  const FIND = `SELECT record FROM ${flows} WHERE id = $id AND expires_at > $now`;
  const LOCK = sequelize.getDialect() === 'sqlite' ? FIND : `${FIND} FOR UPDATE`;
  const CLAIM = `DELETE FROM ${flows} WHERE id = $id`;
  const UPDATE = `UPDATE ${flows} SET record = $record WHERE id = $id`;

  /** With a transaction: its row is locked. */
  async function find(id: string, transaction: Transaction | undefined): Promise<unknown> {
    const [row] = await select(transaction === undefined ? FIND : LOCK, { id, now: Date.now() }, transaction);
    return row === undefined ? undefined : JSON.parse(String(row.record));
  }

  const peek = (key: string) => transactions.read(() => find(idOf(key), undefined));
  const claim = async (key: string) => (await transactions.writeOne((transaction) => write(CLAIM, { id: idOf(key) }, transaction))) === 1;

  const rowOf = (key: string, record: unknown, ttlMs: number) => ({
    id: idOf(key),
    record: JSON.stringify(record),
    expiresAt: Math.ceil(Date.now() + ttlMs),
  });

  return {
    peek,
    claim,
    async put(key, record, ttlMs) {
      await transactions.writeOne((transaction) => write(PUT, rowOf(key, record, ttlMs), transaction));
    },
    putNew: (key, record, ttlMs) =>
      transactions.write(async (transaction) => {
        await write(FORGET_OLD, { id: idOf(key), now: Date.now() }, transaction);
        return (await write(PUT_NEW, rowOf(key, record, ttlMs), transaction)) === 1;
      }),
    async take(key) {
      const record = await peek(key);
      return record !== undefined && (await claim(key)) ? record : undefined;
    },
    exchange: (key, record) =>
      transactions.write(async (transaction) => {
        const id = idOf(key);
        const kept = await find(id, transaction);
        // On a cluster the lock holds on one node only; it is the write that collides there.
        if (kept !== undefined) await write(UPDATE, { id, record: JSON.stringify(record) }, transaction);
        return kept;
      }),
  };
}
