// What a database's error means: run it again, tell the caller a row was refused, or give up.

import { ConnectionError, DatabaseError, ForeignKeyConstraintError, TimeoutError, UniqueConstraintError } from 'sequelize';
import { ConstraintViolation } from '../lib/accounts/ports.js';
import { LatchkeyError } from '../lib/errors.js';

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

/** SQLSTATE classes for a lost, refused or shut-down server, and the drivers' own names for it. */
const OUT_OF_REACH =
  /^(?:PROTOCOL_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_|ER_SERVER_SHUTDOWN|ER_CON_COUNT|ER_UNKNOWN_COM|ER_CONNECTION_KILLED|ER_QUERY_INTERRUPTED|08|53|57P0|SQLITE_(?:CANTOPEN|IOERR|FULL|READONLY))/;

/** The error a caller may see: its own, a constraint it can settle, or `unavailable`; anything else stays as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof LatchkeyError) return error;
  if (error instanceof UniqueConstraintError || error instanceof ForeignKeyConstraintError) {
    return new ConstraintViolation('The database refused the row', { cause: error });
  }
  const unavailable =
    error instanceof ConnectionError ||
    isRetryable(error) ||
    codesOf(error).some((code) => OUT_OF_REACH.test(code)) ||
    (error instanceof DatabaseError && /closed state|Connection terminated|not queryable/i.test(error.message));
  return unavailable ? new LatchkeyError('unavailable', { detail: 'database', cause: error }) : error;
}
