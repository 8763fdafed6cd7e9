// Brings the schema up to date, once, however many processes start on the same empty database.

import { type DataType, DataTypes, QueryTypes, type Sequelize, Transaction } from 'sequelize';
import { MigrationError, Umzug, type UmzugStorage } from 'umzug';
import { tableName } from './define-models.js';
import { assertNoneForeign } from './foreign-tables.js';
import { MIGRATIONS } from './migrations/index.js';
import type { MigrationContext } from './migrations/migration-context.js';

export interface MigrateOptions {
  readonly sequelize: Sequelize;
  readonly tablePrefix: string;
  readonly userId: DataType;
  readonly ownUsers: boolean;
}

/** Seconds to wait for another process that is migrating. */
const LOCK_WAIT_S = 60;
/** An arbitrary number that only this product locks on PostgreSQL. */
const ADVISORY_LOCK = 4_702_111_234;

/** Which steps ran, written in the migrating transaction itself. */
function storage(sequelize: Sequelize, transaction: Transaction, table: string): UmzugStorage {
  const queryInterface = sequelize.getQueryInterface();
  return {
    async logMigration({ name }) {
      await queryInterface.bulkInsert(table, [{ name }], { transaction });
    },
    async unlogMigration({ name }) {
      await queryInterface.bulkDelete(table, { name }, { transaction });
    },
    async executed() {
      await queryInterface.createTable(
        table,
        { name: { type: DataTypes.STRING(100), primaryKey: true, allowNull: false } },
        { transaction },
      );
      const rows = await sequelize.query<{ name: string }>(
        `SELECT name FROM ${sequelize.getQueryInterface().quoteIdentifier(table)} ORDER BY name`,
        { type: QueryTypes.SELECT, transaction },
      );
      return rows.map(({ name }) => name);
    },
  };
}

/** SQLite's `IMMEDIATE` is the lock; PostgreSQL lets go with the transaction, MariaDB and MySQL with the connection. */
async function lock(sequelize: Sequelize, transaction: Transaction): Promise<void> {
  const dialect = sequelize.getDialect();
  if (dialect === 'postgres') await sequelize.query(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`, { transaction });
  if (dialect !== 'mysql') return;
  const [row] = await sequelize.query<{ got: number | string | null }>(`SELECT GET_LOCK('latchkey-migrations', ${LOCK_WAIT_S}) AS got`, {
    type: QueryTypes.SELECT,
    transaction,
  });
  if (Number(row?.got) !== 1) throw new Error('Another process has been migrating this database for too long');
}

async function unlock(sequelize: Sequelize, transaction: Transaction): Promise<void> {
  if (sequelize.getDialect() === 'mysql') await sequelize.query("SELECT RELEASE_LOCK('latchkey-migrations')", { transaction });
}

async function withMigrator<T>(
  options: MigrateOptions,
  work: (umzug: Umzug<MigrationContext>, context: MigrationContext) => Promise<T>,
): Promise<T> {
  const { sequelize, tablePrefix, userId, ownUsers } = options;
  const sqlite = sequelize.getDialect() === 'sqlite';
  if (sqlite) await sequelize.query('PRAGMA journal_mode=WAL');
  return await sequelize.transaction(sqlite ? { type: Transaction.TYPES.IMMEDIATE } : {}, async (transaction) => {
    await lock(sequelize, transaction);
    try {
      const context: MigrationContext = {
        queryInterface: sequelize.getQueryInterface(),
        transaction,
        userId,
        ownUsers,
        table: (model) => tableName(model, tablePrefix),
      };
      const umzug = new Umzug<MigrationContext>({
        context,
        logger: undefined,
        storage: storage(sequelize, transaction, `${tablePrefix}latchkey_migrations`),
        migrations: MIGRATIONS.map(({ name, up, down }) => ({ name, up: () => up(context), down: () => down(context) })),
      });
      return await work(umzug, context);
    } catch (error) {
      throw error instanceof MigrationError ? error.cause : error;
    } finally {
      await unlock(sequelize, transaction);
    }
  });
}

/** Runs every step that has not run yet. */
export async function migrate(options: MigrateOptions): Promise<void> {
  await withMigrator(options, async (umzug, context) => {
    if ((await umzug.executed()).length === 0) await assertNoneForeign(context);
    await umzug.up();
  });
}

/** Takes back every step; all data of the product goes with it. */
export async function revertMigrations(options: MigrateOptions): Promise<void> {
  await withMigrator(options, (umzug) => umzug.down({ to: 0 }));
}
