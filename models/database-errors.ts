// What a database's error means: run the transaction again, tell the caller that a row was refused, or give up.

import { ConnectionError, ForeignKeyConstraintError, TimeoutError, UniqueConstraintError } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { ConstraintViolation } from '../lib/accounts/until-settled.js';

/**
 * Deadlock, lock time-out, certification conflict (Galera reports it as a deadlock, also at COMMIT), changed record under
 * snapshot isolation, serialization failure, busy file.
 */
const RETRYABLE = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD',
  '40001',
  '40P01',
  '55P03',
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
]);

function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const parent = 'parent' in error ? codesOf(error.parent) : [];
  return [...own, ...parent];
}

/** MariaDB and MySQL compare no text with a column whose character set cannot spell it. */
export function isOtherCharset(error: unknown): boolean {
  return codesOf(error).some((code) => code.startsWith('ER_CANT_AGGREGATE_'));
}

export function isRetryable(error: unknown): boolean {
  return error instanceof TimeoutError || codesOf(error).some((code) => RETRYABLE.has(code));
}

/** SQLSTATE classes for a lost, refused, shut-down or read-only server, and the drivers' own names for it. */
const OUT_OF_REACH =
  /^(?:PROTOCOL_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_|ER_SERVER_SHUTDOWN|ER_CON_COUNT|ER_UNKNOWN_COM|ER_CONNECTION_KILLED|ER_QUERY_INTERRUPTED|08|53|57P0|57014|25006|25P0[34]|SQLITE_(?:CANTOPEN|IOERR|FULL|READONLY))/;

/** MariaDB and MySQL by number, since the driver has no name for some of MariaDB's: killed, read-only, out of time. */
const OUT_OF_REACH_NUMBERS: ReadonlySet<number> = new Set([1290, 1792, 1836, 1927, 1969, 3024, 4031]);

/** What the drivers say, without any code, of a connection that ended while somebody waited for it. */
const ENDED = /closed state|Connection terminated|Connection ended|not queryable|Client was closed/i;

function isOutOfReach(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { errno, parent } = error as { readonly errno?: unknown; readonly parent?: unknown };
  if (typeof errno === 'number' && OUT_OF_REACH_NUMBERS.has(errno)) return true;
  return ENDED.test(error.message) || isOutOfReach(parent);
}

/** The error a caller may see: its own, a constraint it can settle, or `unavailable`; anything else stays as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof LatchkeyError) return error;
  if (error instanceof UniqueConstraintError || error instanceof ForeignKeyConstraintError) {
    return new ConstraintViolation('The database refused the row', { cause: error });
  }
  const unavailable =
    error instanceof ConnectionError || isRetryable(error) || codesOf(error).some((code) => OUT_OF_REACH.test(code)) || isOutOfReach(error);
  return unavailable ? new LatchkeyError('unavailable', { detail: 'database', cause: error }) : error;
}
