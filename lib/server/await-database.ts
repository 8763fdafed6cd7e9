// If the database is down while the server starts, the server waits for it, and the log says so.

import { setTimeout as pause } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';
import { translate } from '../../models/database-errors.js';
import { StartFault } from '../../models/start-fault.js';
import { createTransactions } from '../../models/transactions.js';
import { LatchkeyError } from '../accounts/errors.js';
import { describeError, type Logger } from '../support/logger.js';

/** Between two attempts, in milliseconds. */
const AGAIN_MS = 500;

/** Waiting does not help: a wrong password, no such database, no right to it, a file that cannot be written. */
const REFUSED = /^(?:SQLITE_READONLY|SQLITE_FULL|ER_ACCESS_DENIED_ERROR|ER_DBACCESS_DENIED_ERROR|ER_BAD_DB_ERROR|28P01|28000|3D000)$/;

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return REFUSED.test(code) || isRefused(error.cause) || isRefused((error as { readonly parent?: unknown }).parent);
}

/** What begins on a database, and the database it began on. */
export interface Begun<T> {
  readonly sequelize: Sequelize;
  readonly begun: T;
}

export interface AwaitDatabaseOptions<T> {
  /** Called for each attempt: what one that failed has left on its Sequelize is nobody's. */
  open(): Sequelize;
  /** What needs it: it may be lost, or refuse to be written, in the middle of that. */
  begin(sequelize: Sequelize): Promise<T>;
  readonly logger: Logger;
  /** Told once when it is not there at once. */
  onAway(): void;
}

/** Whether another attempt may succeed. */
function isAway(error: unknown): boolean {
  const meaning = translate(error instanceof StartFault ? error.cause : error);
  return meaning instanceof LatchkeyError && meaning.code === 'unavailable' && !isRefused(error);
}

/**
 * Resolves once the database answers and `begin` has succeeded on it; one line of the log when it is waited for, one when it has come.
 * @throws what the database says where it refuses us, and whatever else `begin` throws
 */
export async function awaitDatabase<T>({ open, begin, logger, onAway }: AwaitDatabaseOptions<T>): Promise<Begun<T>> {
  let away = false;
  for (;;) {
    const sequelize = open();
    try {
      await createTransactions(sequelize).read(() => sequelize.query('SELECT 1'));
      const begun = await begin(sequelize);
      if (away) logger.info({}, 'the database answers now; starting');
      return { sequelize, begun };
    } catch (error) {
      // Not waited for: a connection that is lost may never end.
      void sequelize.close().catch(() => undefined);
      if (!isAway(error)) throw error instanceof LatchkeyError ? (error.cause ?? error) : error;
      if (!away) {
        const cause = error instanceof LatchkeyError ? (error.cause ?? error) : error;
        logger.error({ err: describeError(cause) }, 'the database is out of reach; the server starts when it answers');
        onAway();
      }
      away = true;
      await pause(AGAIN_MS);
    }
  }
}
