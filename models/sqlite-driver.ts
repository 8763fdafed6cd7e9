// The installed SQLite driver, for Sequelize's `dialectModule`. A host on another database needs none.

import { packageIfThere } from '../lib/support/optional-package.js';

/** The part of a driver that Sequelize uses. */
export interface SqliteDriver {
  readonly Database: new (file: string, mode: number, callback: (error: Error | null) => void) => object;
  readonly OPEN_READWRITE: number;
  readonly OPEN_CREATE: number;
}

/** The first carries its binaries for every common machine, the second is compiled where it is installed. */
const PACKAGES = ['@appthreat/sqlite3', 'sqlite3'] as const;

/** The constants are on the default export of an ES module only; CommonJS has no default export. */
function load(name: string): SqliteDriver | undefined {
  const loaded = packageIfThere<SqliteDriver & { readonly default?: SqliteDriver }>(name);
  return loaded?.default ?? loaded;
}

/**
 * The driver that is installed: `@appthreat/sqlite3`, else `sqlite3`.
 * @throws Error that says what to install when there is none, or none that works on this machine
 */
export function installedSqliteDriver(): SqliteDriver {
  const failures: unknown[] = [];
  for (const name of PACKAGES) {
    try {
      const driver = load(name);
      if (driver !== undefined) return driver;
    } catch (error) {
      failures.push(error);
    }
  }
  const [cause] = failures;
  const state = cause === undefined ? 'is not installed' : 'does not work on this machine';
  throw new Error(`The driver for SQLite ${state}: run "npm install @appthreat/sqlite3@8", or "npm install sqlite3" to compile one`, {
    cause,
  });
}

let installed: SqliteDriver | undefined;

function driver(): SqliteDriver {
  installed ??= installedSqliteDriver();
  return installed;
}

/**
 * The SQLite driver that is installed, for `new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver })`:
 * `@appthreat/sqlite3`, else `sqlite3`. It is loaded with the first connection; if there is none, that fails and says what to install.
 */
export const sqliteDriver: SqliteDriver = {
  get Database() {
    return driver().Database;
  },
  get OPEN_READWRITE() {
    return driver().OPEN_READWRITE;
  },
  get OPEN_CREATE() {
    return driver().OPEN_CREATE;
  },
};
