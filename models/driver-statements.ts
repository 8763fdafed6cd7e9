// Bound statements, run by the driver itself: what Sequelize does around each costs more than most of them.

import type { Sequelize } from 'sequelize';
import { byMysql, byPostgres, bySqlite, type Connection, type DriverAnswer, type RunOn, type Statement } from './drivers.js';

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
        if (finished !== undefined) throw new Error(`The transaction is over already: ${finished}`);
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
