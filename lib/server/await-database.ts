// A database that is away when the server starts: it is waited for, and the log says so.

import { setTimeout as pause } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';
import { createTransactions } from '../../models/transactions.js';
import { LatchkeyError } from '../accounts/errors.js';
import { describeError } from '../support/describe-error.js';
import type { Logger } from '../support/logger.js';

/** Between two attempts, in milliseconds. */
const AGAIN_MS = 500;

/** Waiting does not help: a wrong password, no such database, no right to it. */
const REFUSED = /^(?:ER_ACCESS_DENIED_ERROR|ER_DBACCESS_DENIED_ERROR|ER_BAD_DB_ERROR|28P01|28000|3D000)$/;

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return REFUSED.test(code) || isRefused(error.cause) || isRefused((error as { readonly parent?: unknown }).parent);
}

export interface AwaitDatabaseOptions {
  readonly sequelize: Sequelize;
  readonly logger: Logger;
  /** Told once when it is not there at once. */
  onAway(): void;
}

/**
 * Resolves once the database answers; one line of the log when it is waited for, one when it has come.
 * @throws what the database says where it refuses us
 */
export async function awaitDatabase({ sequelize, logger, onAway }: AwaitDatabaseOptions): Promise<void> {
  const { read } = createTransactions(sequelize);
  let away = false;
  for (;;) {
    try {
      await read(() => sequelize.query('SELECT 1'));
      if (away) logger.info({}, 'the database answers; starting');
      return;
    } catch (error) {
      const unavailable = error instanceof LatchkeyError && error.code === 'unavailable';
      if (!unavailable || isRefused(error)) throw error instanceof LatchkeyError ? (error.cause ?? error) : error;
      if (!away) {
        logger.error({ err: describeError(error.cause ?? error) }, 'the database is out of reach; the server starts when it answers');
        onAway();
      }
      away = true;
      await pause(AGAIN_MS);
    }
  }
}
