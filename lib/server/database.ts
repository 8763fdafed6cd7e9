// The standalone server's own Sequelize, with time-outs so that a frozen server holds no connection.

import { Sequelize } from 'sequelize';
import { hearConnections } from '../../models/heard-connections.js';
import { settleReadCommitted } from '../../models/quiet-transaction.js';
import { installedSqliteDriver } from '../../models/sqlite-driver.js';
import { optionalPackage } from '../support/optional-package.js';
import { driverTls, preferTls } from './database-tls.js';
import { readDatabaseUrl } from './database-url.js';
import { ownDatabaseFile } from './owner-only.js';

/** Milliseconds until a connection attempt and a wait for the pool are given up. */
const CONNECT_MS = 2_000;
const ACQUIRE_MS = 2_500;
const IDLE_MS = 10_000;
/** For what has no deadline of its own. Longer than one process waits for another that is migrating. */
const SILENCE_MS = 70_000;

interface Socket {
  setTimeout(ms: number, onSilence: () => void): void;
  destroy(error: Error): void;
}

/** mysql2 keeps the socket on the connection, pg one level down. */
function socketOf(connection: unknown): Socket | undefined {
  const { stream, connection: inner } = connection as { stream?: Socket; connection?: { stream?: Socket } };
  return stream ?? inner?.stream;
}

function cutWhenSilent(connection: unknown): void {
  const socket = socketOf(connection);
  const silent = () => Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' });
  socket?.setTimeout(SILENCE_MS, () => socket.destroy(silent()));
}

/**
 * Opens a database named by URL: `sqlite:FILE`, `mysql://`, `mariadb://`, `postgres://`, `postgresql://`; for TLS see `readDatabaseUrl`.
 * @param logSql called with every statement; default none
 * @throws Error that says what to install when SQLite has no driver, or of the file system when its file cannot be made
 */
export function openDatabase(url: string, logSql: ((sql: string) => void) | false = false): Sequelize {
  if (url.startsWith('sqlite:')) {
    const dialectModule = installedSqliteDriver();
    const storage = url.slice('sqlite:'.length);
    ownDatabaseFile(storage);
    return new Sequelize({ dialect: 'sqlite', storage, dialectModule, logging: logSql });
  }
  const postgres = url.startsWith('postgres');
  if (postgres) optionalPackage('pg', 'PostgreSQL', '8');
  const { url: plain, tls } = readDatabaseUrl(url);
  const ssl = driverTls(tls, postgres);
  const sequelize = new Sequelize(plain.replace(/^mariadb:/, 'mysql:'), {
    dialect: postgres ? 'postgres' : 'mysql',
    logging: logSql,
    pool: { max: 10, acquire: ACQUIRE_MS, idle: IDLE_MS, evict: 1_000 },
    dialectOptions: {
      ...(postgres ? { connectionTimeoutMillis: CONNECT_MS } : { connectTimeout: CONNECT_MS, charset: 'utf8mb4', typeCast: true }),
      ...(ssl === undefined ? {} : { ssl }),
    },
    retry: { max: 1 },
  });
  hearConnections(sequelize);
  if (tls.demand === 'offered') preferTls(sequelize, tls, postgres);
  sequelize.addHook('afterConnect', cutWhenSilent as never);
  settleReadCommitted(sequelize);
  return sequelize;
}
