// What contract suites play on: two storages on one fresh database, each with connections of its own, as two processes have.

import { QueryTypes, type Sequelize } from 'sequelize';
import { openStorage, type Storage, type StorageOptions } from '../../lib/plugin/storage.js';
import { openDatabase } from '../../lib/server/database.js';
import { createMigratedSqlite } from './migrated-sqlite.js';
import { createDatabase, type DatabaseKind, databases, describeOn } from './services.js';

export interface StorageStage {
  readonly kind: DatabaseKind;
  readonly url: string;
  readonly sequelize: Sequelize;
  readonly here: Storage;
  readonly there: Storage;
  /** How often `here` said that something was put into the outbox. */
  readonly told: () => number;
  /** Reads from a connection of neither: what it sees is committed. */
  query<T extends object>(sql: string, replacements?: Record<string, unknown>): Promise<T[]>;
  /** Writes what no port can write. */
  run(sql: string, replacements?: Record<string, unknown>): Promise<void>;
  /** One more storage, closed with the stage. */
  open(options?: Omit<StorageOptions, 'sequelize'>, logSql?: (sql: string) => void): Storage;
  close(): Promise<void>;
}

/** With the schema, unless it is the subject. */
export async function openStorageStage(kind: DatabaseKind, { migrated = true } = {}): Promise<StorageStage> {
  const database = await (migrated && kind === 'sqlite' ? createMigratedSqlite() : createDatabase(kind));
  const opened: Sequelize[] = [];
  function connect(logSql?: (sql: string) => void): Sequelize {
    const sequelize = openDatabase(database.url, logSql);
    opened.push(sequelize);
    return sequelize;
  }
  const [sequelize, onlooker] = [connect(), connect()];
  let told = 0;
  const onOutbox = () => {
    told += 1;
  };
  const here = openStorage({ sequelize, onOutbox });
  const there = openStorage({ sequelize: connect() });
  if (migrated) await here.migrate();
  return {
    kind,
    url: database.url,
    sequelize,
    here,
    there,
    told: () => told,
    query: async <T extends object>(sql: string, replacements: Record<string, unknown> = {}) =>
      await onlooker.query<T>(sql, { type: QueryTypes.SELECT, replacements }),
    async run(sql, replacements = {}) {
      await onlooker.query(sql, { replacements });
    },
    open: (options = {}, logSql) => openStorage({ sequelize: connect(logSql), ...options }),
    async close() {
      await Promise.all(opened.map((each) => each.close()));
      await database.drop();
    },
  };
}

/** The suite of a port, once for each database there is; `stage` is there from the first hook on. */
export function describeStorage(title: string, suite: (stage: () => StorageStage, kind: DatabaseKind) => void): void {
  describeOn(databases, title, (kind) => {
    let opened: StorageStage | undefined;
    before(async () => {
      opened = await openStorageStage(kind);
    });
    after(() => opened?.close());
    suite(() => {
      if (opened === undefined) throw new TypeError('The stage opens before the first test');
      return opened;
    }, kind);
  });
}
