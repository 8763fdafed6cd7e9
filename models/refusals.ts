// Why a table refuses a row, and which column is to blame: read from the errors of Sequelize and of each database.

import { DatabaseError, ForeignKeyConstraintError, UniqueConstraintError, ValidationError } from 'sequelize';

/** `taken`: another row has the value. `reference`: it names a row of another table that is not there. */
export type RefusalReason = 'taken' | 'missing' | 'too_long' | 'characters' | 'invalid' | 'reference';

export interface Refusal {
  readonly reason: RefusalReason;
  /** Names of columns, attributes, indexes or constraints, as far as it was told; no values. */
  readonly names: readonly string[];
}

/** MySQL and MariaDB by number: both have names of their own for some. */
const MYSQL: ReadonlyMap<number, RefusalReason> = new Map([
  [1048, 'missing'], // Column cannot be null
  [1364, 'missing'], // Field has no default value
  [1406, 'too_long'],
  [1366, 'characters'], // Incorrect string value
  [1264, 'invalid'], // Out of range
  [1265, 'invalid'], // Truncated: no member of the ENUM
  [1292, 'invalid'],
  [1369, 'invalid'], // WITH CHECK OPTION
  [1644, 'invalid'], // A trigger's SIGNAL
  [3819, 'invalid'], // CHECK, MySQL
  [4025, 'invalid'], // CHECK, MariaDB
]);

/** PostgreSQL by SQLSTATE; of class 22 whatever is not named here is `invalid`. */
const POSTGRES: ReadonlyMap<string, RefusalReason> = new Map([
  ['22001', 'too_long'],
  ['22021', 'characters'],
  ['22P05', 'characters'],
  ['23502', 'missing'],
  ['23514', 'invalid'],
  ['23P01', 'taken'],
  ['44000', 'invalid'],
  ['P0001', 'invalid'],
]);

const NULL_KEYS: readonly unknown[] = ['notNull', 'is_null', 'isNull'];

interface DriverError extends Error {
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly column?: unknown;
  readonly constraint?: unknown;
  readonly detail?: unknown;
}

const texts = (...values: readonly unknown[]) => values.filter((value): value is string => typeof value === 'string' && value !== '');

function ofModel({ errors }: ValidationError): Refusal {
  const isMissing = errors.some(({ validatorKey, type }) => NULL_KEYS.includes(validatorKey) || String(type).startsWith('notNull'));
  return { reason: isMissing ? 'missing' : 'invalid', names: texts(...errors.map(({ path }) => path)) };
}

/** `Column 'x' cannot be null`, `column `db`.`t`.`x` at row 1`, `CONSTRAINT `x` failed for …`: the last part of the first name. */
function namesInMysql(message: string): readonly string[] {
  const [, name] = /(?:column|field|constraint) ['`]([^'\s]+?)['`]?(?: |$)/i.exec(message) ?? [];
  return texts(name?.replaceAll('`', '').split('.').at(-1));
}

/** SQLite calls every one of them SQLITE_CONSTRAINT; `t.x, t.y` or `index 'name'` stand behind the colon. */
function ofSqlite(message: string): Refusal | undefined {
  const [, kind, told = ''] = /(NOT NULL|UNIQUE|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?$/.exec(message) ?? [];
  const columns = told.split(', ').map((name) => name.split('.').at(-1));
  switch (kind) {
    case 'NOT NULL':
      return { reason: 'missing', names: texts(...columns) };
    case 'UNIQUE':
      return { reason: 'taken', names: texts(...(/^index '(.*)'$/.exec(told)?.slice(1) ?? columns)) };
    case 'CHECK':
      return { reason: 'invalid', names: texts(told) };
    case 'FOREIGN KEY':
      return { reason: 'reference', names: [] };
    default:
      return /SQLITE_CONSTRAINT/.test(message) ? { reason: 'invalid', names: [] } : undefined;
  }
}

function ofDriver({ errno, code, message, column, constraint }: DriverError): Refusal | undefined {
  if (String(code).startsWith('SQLITE_CONSTRAINT')) return ofSqlite(message);
  const mysql = typeof errno === 'number' ? MYSQL.get(errno) : undefined;
  if (mysql !== undefined) return { reason: mysql, names: namesInMysql(message) };
  if (typeof code !== 'string' || !/^[\dP][\dA-Z]{4}$/.test(code)) return undefined;
  const postgres = POSTGRES.get(code) ?? (code.startsWith('22') ? 'invalid' : undefined);
  // Of an ENUM it names the type, which Sequelize calls by table and column.
  const [, type] = /for enum "?([^":]+)/.exec(message) ?? [];
  return postgres === undefined ? undefined : { reason: postgres, names: texts(column, constraint, type) };
}

/** Undefined for what is no refusal: a database out of reach, a conflict, a mistake of the program's. */
export function refusalOf(error: unknown): Refusal | undefined {
  // SQLite's driver is asked first: Sequelize takes everything that SQLite refuses for a value that is taken.
  const parent = error instanceof Error && 'parent' in error ? (error.parent as DriverError | undefined) : undefined;
  const told = parent instanceof Error ? ofDriver(parent) : undefined;
  if (told !== undefined) return told;
  if (error instanceof UniqueConstraintError) {
    const { constraint, detail } = (parent ?? {}) as Partial<DriverError>;
    const [, key] = typeof detail === 'string' ? (/^Key \((.*)\)=\(/.exec(detail) ?? []) : [];
    return { reason: 'taken', names: texts(...Object.keys(error.fields ?? {}), key, constraint) };
  }
  if (error instanceof ForeignKeyConstraintError) {
    const { fields, index } = error;
    return { reason: 'reference', names: texts(...(Array.isArray(fields) ? fields : []), index) };
  }
  if (error instanceof ValidationError) return ofModel(error);
  return error instanceof DatabaseError ? ofDriver(error as unknown as DriverError) : undefined;
}
