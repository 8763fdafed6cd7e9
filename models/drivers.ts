// The three drivers behind one function each: a statement with its values in, rows or a count out.

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

export interface Ends {
  resolve(answer: DriverAnswer): void;
  reject(error: Error): void;
}

export type RunOn = (connection: Connection, statement: Statement, ends: Ends) => void;

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
export const byMysql: RunOn = (connection, { sql, values, reads }, { resolve, reject }) => {
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

export const byPostgres: RunOn = (connection, { sql, values }, { resolve, reject }) => {
  const postgres = connection as unknown as PostgresConnection;
  postgres.query(sql, values.map(withoutZero), (error, answer) => {
    if (!error) return resolve({ rows: answer.rows, written: answer.rowCount ?? 0 });
    // Sequelize's pool lets go of it then.
    if ('code' in error && error.code === 'ECONNRESET') postgres._invalid = true;
    reject(error);
  });
};

export const bySqlite: RunOn = (connection, { sql, values, reads }, { resolve, reject }) => {
  const sqlite = connection as unknown as SqliteConnection;
  if (reads) sqlite.all(sql, values, (error, rows) => (error ? reject(error) : resolve(read(rows))));
  else
    sqlite.run(sql, values, function done(error) {
      if (error) reject(error);
      else resolve(wrote(this.changes, this.lastID));
    });
};
