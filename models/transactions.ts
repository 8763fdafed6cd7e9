// The unit of work: one short transaction, tried again on conflict, with a deadline, one writer at a time on SQLite.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type Sequelize, Transaction } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { currentBudget, inTime } from '../lib/support/deadline.js';
import { isRetryable, translate } from './database-errors.js';
import { keptTransaction } from './kept-connection.js';
import { quietTransaction } from './quiet-transaction.js';

/**
 * A caller is answered after this long, in milliseconds: waits for a connection and all attempts included. Several units of work
 * of one request have a little more together (`currentBudget`).
 */
const DEADLINE_MS = 3_500;
const ATTEMPTS = 8;

export interface Transactions {
  /**
   * Runs `work` in one READ COMMITTED transaction (`IMMEDIATE` on SQLite), again after a deadlock or conflict. What was
   * answered `unavailable` is not committed later, unless its COMMIT was already under way.
   * @throws LatchkeyError `unavailable` when the database gives up or 3.5 s have passed (4.2 s for all of one request), ConstraintViolation when it refuses a row
   */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * Runs one writing statement, which is a transaction by itself: without the two round trips that would begin and end another. On
   * SQLite it waits for its turn in one.
   * @throws as `write`
   */
  writeOne<T>(statement: (transaction: Transaction | undefined) => Promise<T>): Promise<T>;
  /** Runs one reading statement outside any transaction, under the same deadline and translation of errors. */
  read<T>(query: () => Promise<T>): Promise<T>;
  /** Settles when nothing is under way: what an answer left to be written must not meet a closed connection. */
  idle(): Promise<void>;
}

interface UnitOfWork {
  /** Aborted once the caller has been answered without waiting any longer. */
  readonly late: AbortSignal;
  /** The one it took last; nothing while it holds none. */
  connection: unknown;
}

/** Sequelize tells its hook which connection it took, but not for whom. */
const unitsOfWork = new AsyncLocalStorage<UnitOfWork>();

function noteConnection(connection: unknown): void {
  const unit = unitsOfWork.getStore();
  if (unit !== undefined) unit.connection = connection;
}

/** mysql2 keeps the socket on the connection, pg one level down; SQLite has none. */
function socketOf(connection: unknown): { destroy(error: Error): void } | undefined {
  const { stream, connection: inner } = (connection ?? {}) as { stream?: { destroy(error: Error): void }; connection?: unknown };
  return stream ?? (inner === undefined ? undefined : socketOf(inner));
}

/** Settles in time; a connection that owes an answer then is cut off, or it would stay in the pool and never give one. */
async function promptly<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  const budget = currentBudget();
  const patience = Math.min(DEADLINE_MS, budget?.left() ?? DEADLINE_MS);
  if (patience <= 0) throw new LatchkeyError('unavailable', { detail: 'database: no time left for this request' });
  const stop = budget?.start();
  const over = new AbortController();
  const unit: UnitOfWork = { late: over.signal, connection: undefined };
  const late = () => {
    const reason = new LatchkeyError('unavailable', { detail: 'database: no answer in time' });
    over.abort(reason);
    socketOf(unit.connection)?.destroy(new Error('The database did not answer in time'));
    return reason;
  };
  try {
    return await inTime(patience, () => unitsOfWork.run(unit, () => work(unit)), { error: late });
  } catch (error) {
    throw translate(error);
  } finally {
    stop?.();
  }
}

/**
 * SQLite has one writer: waiting in line here is fair, waiting on its lock is not. A line that moves may be long; once its
 * head has waited for the file in vain, everybody behind is sent away, so that nobody waits longer than the head did.
 */
function serially(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let standstills = 0;
  return (work) => {
    const before = standstills;
    const turn = last.then(async () => {
      if (before !== standstills) throw new LatchkeyError('unavailable', { detail: 'database: the queue does not move' });
      return await work().catch((error: unknown) => {
        if (error instanceof LatchkeyError && error.code === 'unavailable') standstills += 1;
        throw error;
      });
    });
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
  const inTurn = sqlite ? queueOf(sequelize) : <T>(work: () => Promise<T>) => work();
  const begin = <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> =>
    sqlite ? keptTransaction(sequelize, options, work) : quietTransaction(sequelize, options, work);
  sequelize.addHook('afterPoolAcquire', noteConnection);

  type Attempt<T> = (unit: UnitOfWork) => Promise<T>;

  function inTransaction<T>(unit: UnitOfWork, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return begin(async (transaction) => {
      unit.late.throwIfAborted();
      const result = await work(transaction);
      unit.late.throwIfAborted();
      return result;
    });
  }

  async function untilSettled<T>(unit: UnitOfWork, attempted: Attempt<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      unit.late.throwIfAborted();
      try {
        return await attempted(unit);
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
        await pause(Math.random() * 10 * 2 ** attempt);
      } finally {
        unit.connection = undefined;
      }
    }
  }

  const running = new Set<Promise<unknown>>();
  function counted<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    const over = () => void running.delete(work);
    work.then(over, over);
    return work;
  }

  const write: Transactions['write'] = (work) =>
    counted(inTurn(() => promptly((unit) => untilSettled(unit, () => inTransaction(unit, work)))));

  return {
    write,
    writeOne: (statement) => (sqlite ? write(statement) : counted(promptly((unit) => untilSettled(unit, () => statement(undefined))))),
    read: (query) => counted(promptly(query)),
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
