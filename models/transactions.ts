// The unit of work: one short transaction, tried again on conflict, with a deadline, one writer at a time on SQLite.

import { setTimeout as pause } from 'node:timers/promises';
import { type Sequelize, Transaction } from 'sequelize';
import { LatchkeyError } from '../lib/errors.js';
import { isRetryable, translate } from './database-errors.js';

/** A frozen server is answered for after this long, in milliseconds. */
const DEADLINE_MS = 4_000;
const ATTEMPTS = 8;

export interface Transactions {
  /**
   * Runs `work` in one READ COMMITTED transaction (`IMMEDIATE` on SQLite), again after a deadlock or conflict.
   * @throws LatchkeyError `unavailable` when the database gives up, ConstraintViolation when it refuses a row
   */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Runs one reading statement outside any transaction, under the same deadline and translation of errors. */
  read<T>(query: () => Promise<T>): Promise<T>;
}

/** mysql2 keeps the socket on the connection, pg one level down; SQLite has none. */
function socketOf(connection: unknown): { destroy(error: Error): void } | undefined {
  const { stream, connection: inner } = (connection ?? {}) as { stream?: { destroy(error: Error): void }; connection?: unknown };
  return stream ?? (inner === undefined ? undefined : socketOf(inner));
}

/** Rejects in time; `abandon` is told, so that a connection that will never answer does not stay in the pool. */
async function withDeadline<T>(work: Promise<T>, abandon: () => void): Promise<T> {
  const timer = new AbortController();
  const late = pause(DEADLINE_MS, undefined, { signal: timer.signal }).then(() => {
    abandon();
    throw new LatchkeyError('unavailable', { detail: 'database: no answer in time' });
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    work.catch(() => undefined);
  }
}

/** SQLite has one writer: waiting in line here is fair, waiting on its lock is not. */
function serially(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

const sqliteQueues = new WeakMap<Sequelize, ReturnType<typeof serially>>();

function queueOf(sequelize: Sequelize) {
  const queue = sqliteQueues.get(sequelize) ?? serially();
  sqliteQueues.set(sequelize, queue);
  return queue;
}

export function createTransactions(sequelize: Sequelize): Transactions {
  const sqlite = sequelize.getDialect() === 'sqlite';
  const options = sqlite ? { type: Transaction.TYPES.IMMEDIATE } : { isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED };

  function once<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    let connection: unknown;
    const run = sequelize.transaction(options, (transaction) => {
      connection = (transaction as Transaction & { connection?: unknown }).connection;
      return work(transaction);
    });
    return sqlite ? run : withDeadline(run, () => socketOf(connection)?.destroy(new Error('The database did not answer in time')));
  }

  async function untilSettled<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw translate(error);
        await pause(Math.random() * 10 * 2 ** attempt);
      }
    }
  }

  return {
    write: (work) => (sqlite ? queueOf(sequelize)(() => untilSettled(work)) : untilSettled(work)),
    async read(query) {
      try {
        return await (sqlite ? query() : withDeadline(query(), () => undefined));
      } catch (error) {
        throw translate(error);
      }
    },
  };
}
