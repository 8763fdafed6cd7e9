// One process at a time changes the schema: in one transaction, or statement by statement.

import { setTimeout as pause } from 'node:timers/promises';
import { QueryTypes, type Sequelize, Transaction } from 'sequelize';
import { isRetryable } from './database-errors.js';
import { onOwnConnection } from './own-connection.js';
import { quietTransaction } from './quiet-transaction.js';

/** Seconds to wait for another process that is migrating. */
const LOCK_WAIT_S = 60;
/** An arbitrary number that only this product locks on PostgreSQL. */
const ADVISORY_LOCK = 4_702_111_234;

/** A statement that waits for a table holds up all that come after it. */
const IMPATIENT: Readonly<Record<string, string>> = { mysql: 'SET SESSION lock_wait_timeout = 3', postgres: "SET lock_timeout = '3s'" };

class Busy extends Error {}

/** Asked for again and again: whoever waits for it within a statement is waited for by an index that is built beside the service. */
async function whenFree<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      await pause(100 + Math.random() * 100);
    }
  }
}

/** @throws Busy where another process has it */
async function lockPostgres(sequelize: Sequelize, transaction: Transaction, lasting: boolean): Promise<void> {
  const lock = lasting ? 'pg_try_advisory_lock' : 'pg_try_advisory_xact_lock';
  const sql = `SELECT ${lock}(${ADVISORY_LOCK}) AS got`;
  const [row] = await sequelize.query<{ got: unknown }>(sql, { type: QueryTypes.SELECT, transaction });
  if (!['true', 't', '1'].includes(String(row?.got))) throw new Busy();
}

/** SQLite's `IMMEDIATE` is the lock; PostgreSQL lets go with the transaction or the connection, MariaDB and MySQL with the connection. */
async function lock(sequelize: Sequelize, transaction: Transaction, lasting: boolean): Promise<void> {
  const dialect = sequelize.getDialect();
  if (dialect === 'postgres') await lockPostgres(sequelize, transaction, lasting);
  if (dialect !== 'mysql') return;
  const [row] = await sequelize.query<{ got: number | string | null }>(`SELECT GET_LOCK('latchkey-migrations', ${LOCK_WAIT_S}) AS got`, {
    type: QueryTypes.SELECT,
    transaction,
  });
  if (Number(row?.got) !== 1) throw new Error('Another process has been migrating this database for too long');
}

async function unlock(sequelize: Sequelize, transaction: Transaction): Promise<void> {
  if (sequelize.getDialect() === 'mysql') await sequelize.query("SELECT RELEASE_LOCK('latchkey-migrations')", { transaction });
}

/** SQLite's driver waits a second for the file, and another process may migrate for longer; nothing was begun by then. */
async function begun(sequelize: Sequelize, work: (transaction: Transaction) => Promise<void>): Promise<void> {
  if (sequelize.getDialect() !== 'sqlite') return await quietTransaction(sequelize, {}, work);
  const until = Date.now() + LOCK_WAIT_S * 1000;
  for (;;) {
    let begun = false;
    try {
      await sequelize.query('PRAGMA journal_mode=WAL');
      return await quietTransaction(sequelize, { type: Transaction.TYPES.IMMEDIATE }, (transaction) => {
        begun = true;
        return work(transaction);
      });
    } catch (error) {
      if (begun || !isRetryable(error) || Date.now() > until) throw error;
      await pause(20 + Math.random() * 80);
    }
  }
}

/** One transaction has it all, except on MariaDB and MySQL, where each change of a schema commits. */
export async function inTransaction(sequelize: Sequelize, work: (transaction: Transaction) => Promise<void>): Promise<void> {
  await whenFree(() =>
    begun(sequelize, async (transaction) => {
      await lock(sequelize, transaction, false);
      try {
        await work(transaction);
      } finally {
        await unlock(sequelize, transaction);
      }
    }),
  );
}

/**
 * Each statement commits by itself, and is given up after some seconds in which somebody else has the table. Not for SQLite.
 * @param work gets what stands for a transaction where Sequelize asks for one
 */
export async function statementByStatement(sequelize: Sequelize, work: (connection: Transaction) => Promise<void>): Promise<void> {
  await whenFree(() =>
    onOwnConnection(sequelize, async (connection) => {
      await sequelize.query(IMPATIENT[sequelize.getDialect()] ?? '', { transaction: connection });
      await lock(sequelize, connection, true);
      await work(connection);
    }),
  );
}
