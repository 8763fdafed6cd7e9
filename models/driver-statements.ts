// Bound statements that go directly to the driver: what Sequelize does around each costs more than most of them.

import type { Sequelize } from 'sequelize';

/** Of whichever driver, as Sequelize's pool holds it. */
export interface Connection {
  /** That of the transaction it is in. */
  readonly uuid?: string | undefined;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Else it writes. */
  readonly reads: boolean;
}

export interface DriverAnswer {
  readonly rows: readonly object[];
  /** How many rows were written. */
  readonly written: number;
  /** That the database gave the row it inserted last; PostgreSQL has to be asked for it, and gives it as a row. */
  readonly insertId?: unknown;
}

interface Ends {
  resolve(answer: DriverAnswer): void;
  reject(error: Error): void;
}

type RunOn = (connection: Connection, statement: Statement, ends: Ends) => void;

type Done<T> = (error: Error | null | undefined, answer: T) => void;

interface MysqlConnection {
  execute<T>(options: { readonly sql: string; readonly values: readonly unknown[] }, done: Done<T>): void;
  query<T>(options: { readonly sql: string }, done: Done<T>): void;
}

interface PostgresConnection {
  query(sql: string, values: readonly unknown[], done: Done<{ readonly rows: readonly object[]; readonly rowCount: number | null }>): void;
  _invalid?: boolean;
}

interface SqliteConnection {
  all(sql: string, values: readonly unknown[], done: Done<readonly object[]>): void;
  run(
    sql: string,
    values: readonly unknown[],
    done: (this: { readonly changes: number; readonly lastID: number }, error: Error | null) => void,
  ): void;
}

const read = (rows: readonly object[]): DriverAnswer => ({ rows, written: 0 });
const wrote = (written: number, insertId: unknown): DriverAnswer => ({ rows: [], written, insertId });

/** Of what is written to MySQL. */
interface Header {
  readonly affectedRows: number;
  readonly insertId: number;
}

/** Prepared once per connection. What the driver makes of a column is the connection's to say: mysql2 compiles a parser anew for each answer to who asks otherwise. */
const byMysql: RunOn = (connection, { sql, values, reads }, { resolve, reject }) => {
  const mysql = connection as unknown as MysqlConnection;
  const done: Done<unknown> = (error, answer) => {
    if (error) reject(error);
    else if (reads) resolve(read(answer as readonly object[]));
    else resolve(wrote((answer as Header).affectedRows, (answer as Header).insertId));
  };
  if (values.length === 0) mysql.query({ sql }, done);
  else mysql.execute({ sql, values }, done);
};

/** No text of PostgreSQL's holds a zero byte; Sequelize writes them so. */
const withoutZero = (value: unknown) => (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\\0') : value);

const byPostgres: RunOn = (connection, { sql, values }, { resolve, reject }) => {
  const postgres = connection as unknown as PostgresConnection;
  postgres.query(sql, values.map(withoutZero), (error, answer) => {
    if (!error) return resolve({ rows: answer.rows, written: answer.rowCount ?? 0 });
    // Sequelize's pool lets go of it then.
    if ('code' in error && error.code === 'ECONNRESET') postgres._invalid = true;
    reject(error);
  });
};

const bySqlite: RunOn = (connection, { sql, values, reads }, { resolve, reject }) => {
  const sqlite = connection as unknown as SqliteConnection;
  if (reads) sqlite.all(sql, values, (error, rows) => (error ? reject(error) : resolve(read(rows))));
  else
    sqlite.run(sql, values, function done(error) {
      if (error) reject(error);
      else resolve(wrote(this.changes, this.lastID));
    });
};

/** What Sequelize 6 has, and has no types for. */
interface Inner {
  readonly options: { readonly logging?: unknown; readonly benchmark?: boolean; readonly logQueryParameters?: boolean };
  readonly dialect: {
    readonly Query: new (
      connection: Connection,
      sequelize: unknown,
      options: object,
    ) => { sql: string; formatError(error: Error, stack: string | undefined): Error };
  };
  readonly connectionManager: {
    getConnection(options: { readonly type: string; readonly useMaster: true }): Promise<Connection>;
    releaseConnection(connection: Connection): unknown;
  };
  hasHook(name: string): boolean;
  log(text: string, options: object): void;
}

interface InnerTransaction {
  readonly connection: Connection;
  readonly finished?: string;
}

export interface DriverStatements {
  /** The host has hooks or wishes that Sequelize's own `query` alone fulfils. */
  isUnfit(): boolean;
  /** @throws what Sequelize would throw */
  run(statement: Statement, transaction: unknown): Promise<DriverAnswer>;
  /** On a connection that is held. */
  runOn(connection: Connection, statement: Statement): Promise<DriverAnswer>;
}

const DRIVERS: Readonly<Record<string, RunOn>> = { mysql: byMysql, postgres: byPostgres, sqlite: bySqlite };

const made = new WeakMap<Sequelize, DriverStatements>();

export function driverStatements(sequelize: Sequelize): DriverStatements {
  const known = made.get(sequelize) ?? makeDriverStatements(sequelize);
  made.set(sequelize, known);
  return known;
}

function makeDriverStatements(sequelize: Sequelize): DriverStatements {
  const inner = sequelize as unknown as Inner;
  const { options, dialect, connectionManager } = inner;
  const driver = DRIVERS[sequelize.getDialect()];

  function log(connection: Connection, sql: string): void {
    if (options.logging) inner.log(`Executing (${connection.uuid ?? 'default'}): ${sql}`, { logging: options.logging });
  }

  /** Of Sequelize's classes, as its `query` throws them. */
  function asSequelizes(error: Error, connection: Connection, { sql, values }: Statement): Error {
    const query = new dialect.Query(connection, sequelize, {});
    query.sql = sql;
    return query.formatError(Object.assign(error, { sql, parameters: values }), error.stack);
  }

  function runOn(connection: Connection, statement: Statement): Promise<DriverAnswer> {
    return new Promise((resolve, reject) => {
      log(connection, statement.sql);
      driver?.(connection, statement, { resolve, reject: (error) => reject(asSequelizes(error, connection, statement)) });
    });
  }

  return {
    isUnfit: () =>
      driver === undefined ||
      options.benchmark === true ||
      options.logQueryParameters === true ||
      inner.hasHook('beforeQuery') ||
      inner.hasHook('afterQuery'),
    runOn,
    async run(statement, transaction) {
      if (transaction !== undefined) {
        const { connection, finished } = transaction as InnerTransaction;
        // Its connection may be another's by now.
        if (finished !== undefined) throw new Error(`The transaction has already ended: ${finished}`);
        return await runOn(connection, statement);
      }
      const connection = await connectionManager.getConnection({ type: statement.reads ? 'SELECT' : 'UPDATE', useMaster: true });
      try {
        return await runOn(connection, statement);
      } finally {
        connectionManager.releaseConnection(connection);
      }
    },
  };
}
