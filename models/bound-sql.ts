// Hand-written statements, with bound parameters only: a value that is escaped into the text may mean something else to a server with other
// quoting rules (MySQL's NO_BACKSLASH_ESCAPES).

import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { driverStatements } from './driver-statements.js';

export type Raw = Readonly<Record<string, unknown>>;
/** By name; the statement says `$name`, and says every name. */
export type Bind = Readonly<Record<string, unknown>>;

/** Of a host's Sequelize with `replication`: a replica that is a moment behind knows nothing yet of what was just written. */
export const PRIMARY = { useMaster: true } as const;

/** A statement with bound parameters is one statement: nothing can set PostgreSQL's search path in front of it. */
export const OURS = { ...PRIMARY, supportsSearchPath: false } as const;

/** For updates that write NULL: a host's `omitNull` would leave what is to go, such as a password. */
export const WITH_NULLS = { omitNull: false } as const;

interface Compiled {
  readonly sql: string;
  /** In the order of the parameters. */
  readonly names: readonly string[];
}

/** As Sequelize finds them: `$$` is a dollar sign, and one within a word is part of it. */
const NAME = /\B\$(\$|\w+)/g;

/** Statements with lists are many; whoever has more than this has too many to be remembered. */
const REMEMBERED = 1_000;

/** PostgreSQL's have numbers, so that one value is sent once; MySQL's and SQLite's are question marks. */
function compile(sql: string, isNumbered: boolean): Compiled {
  const names: string[] = [];
  const text = sql.trim().replace(NAME, (_match, name: string) => {
    if (name === '$') return name;
    const known = isNumbered ? names.indexOf(name) : -1;
    const place = known === -1 ? names.push(name) : known + 1;
    return isNumbered ? `$${place}` : '?';
  });
  return { sql: text, names };
}

/** @throws Error for a name without a value, also where it is undefined */
function compiler(dialect: string) {
  const remembered = new Map<string, Compiled>();

  function compiled(sql: string): Compiled {
    const known = remembered.get(sql);
    if (known !== undefined) return known;
    if (remembered.size >= REMEMBERED) remembered.clear();
    const made = compile(sql, dialect === 'postgres');
    remembered.set(sql, made);
    return made;
  }

  return (sql: string, bind: Readonly<Record<string, unknown>>): { readonly sql: string; readonly values: readonly unknown[] } => {
    const { names, sql: text } = compiled(sql);
    const values = names.map((name) => {
      const value = bind[name];
      if (value === undefined) throw new Error(`Named bind parameter "$${name}" has no value in the given object.`);
      return value;
    });
    return { sql: text, values };
  };
}

export interface BoundSql {
  select<T extends object = Raw>(sql: string, bind: Bind, transaction?: Transaction | undefined): Promise<readonly T[]>;
  /** Runs a statement that writes. @returns how many rows it wrote */
  write(sql: string, bind: Bind, transaction: Transaction | undefined): Promise<number>;
  /** Inserts a row into a table whose `id` the database gives. @returns the id */
  insert(into: string, row: Bind, transaction: Transaction): Promise<string>;
}

export function boundSql(sequelize: Sequelize): BoundSql {
  const drivers = driverStatements(sequelize);
  const compiled = compiler(sequelize.getDialect());

  async function select<T extends object>(sql: string, bind: Bind, transaction?: Transaction): Promise<readonly T[]> {
    if (drivers.isUnfit())
      return await sequelize.query<T>(sql, { type: QueryTypes.SELECT, bind, transaction: transaction ?? null, ...OURS });
    const { rows } = await drivers.run({ ...compiled(sql, bind), reads: true }, transaction);
    return rows as readonly T[];
  }

  async function write(sql: string, bind: Bind, transaction: Transaction | undefined): Promise<number> {
    // Whatever it is, this type makes every dialect answer with the count.
    if (drivers.isUnfit())
      return Number(await sequelize.query(sql, { type: QueryTypes.BULKUPDATE, bind, transaction: transaction ?? null, ...OURS }));
    return (await drivers.run({ ...compiled(sql, bind), reads: false }, transaction)).written;
  }

  async function insert(into: string, row: Bind, transaction: Transaction): Promise<string> {
    const given = Object.entries(row).filter(([, value]) => value !== undefined);
    const [columns, values] = [given.map(([column]) => column).join(', '), given.map(([column]) => `$${column}`).join(', ')];
    const sql = `INSERT INTO ${into} (${columns}) VALUES (${values})`;
    const bind = Object.fromEntries(given);
    if (sequelize.getDialect() === 'postgres')
      return String((await select<{ id: unknown }>(`${sql} RETURNING id`, bind, transaction))[0]?.id);
    if (!drivers.isUnfit()) return String((await drivers.run({ ...compiled(sql, bind), reads: false }, transaction)).insertId);
    const [id] = await sequelize.query(sql, { type: QueryTypes.INSERT, bind, transaction, ...OURS });
    return String(id);
  }

  return { select, write, insert };
}

/** The values of a list that is not empty, for `IN (…)`: `$key0, $key1` and what is bound to them. */
export function boundList(name: string, values: readonly unknown[]): { readonly sql: string; readonly bind: Bind } {
  const entries = values.map((value, index) => [`${name}${index}`, value] as const);
  return { sql: entries.map(([key]) => `$${key}`).join(', '), bind: Object.fromEntries(entries) };
}

/** An insert that leaves a row with the same key as it is. */
export function insertIfAbsent(sequelize: Sequelize, into: string): string {
  return sequelize.getDialect() === 'mysql' ? `INSERT IGNORE ${into}` : `INSERT ${into} ON CONFLICT DO NOTHING`;
}

/** An insert that takes the place of a row with the same `key`; every other column is written. */
export function insertOrReplace(sequelize: Sequelize, into: string, key: string, columns: Readonly<Record<string, string>>): string {
  const names = Object.keys(columns);
  const insert = `INSERT INTO ${into} (${names.join(', ')}) VALUES (${Object.values(columns).join(', ')})`;
  const others = names.filter((name) => name !== key);
  return sequelize.getDialect() === 'mysql'
    ? `${insert} ON DUPLICATE KEY UPDATE ${others.map((name) => `${name} = VALUES(${name})`).join(', ')}`
    : `${insert} ON CONFLICT (${key}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}
