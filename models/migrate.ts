// Brings the schema up to date, once, however many processes start on the same empty database.

import { setTimeout as pause } from 'node:timers/promises';
import { type DataType, DataTypes, QueryTypes, type Sequelize, Transaction } from 'sequelize';
import { isRetryable } from './database-errors.js';
import { assertOurs } from './foreign-tables.js';
import { MIGRATIONS } from './migrations/index.js';
import { stepDown, stepUp, tablesOf } from './migrations/migration.js';
import type { MigrationContext } from './migrations/migration-context.js';
import { quietTransaction } from './quiet-transaction.js';
import { atHome, nameOfModel, nameOfTable } from './tables-home.js';

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

/** Which steps ran. */
interface Journal {
  names(): Promise<ReadonlySet<string>>;
  add(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Written in the migrating transaction itself. */
async function openJournal({ queryInterface, transaction }: MigrationContext, table: string): Promise<Journal> {
  const name = { type: DataTypes.STRING(100), primaryKey: true, allowNull: false };
  await queryInterface.createTable(table, { name }, { transaction });
  return {
    async names() {
      const sql = `SELECT name FROM ${queryInterface.quoteIdentifier(table)}`;
      const rows = await queryInterface.sequelize.query<{ name: string }>(sql, { type: QueryTypes.SELECT, transaction });
      return new Set(rows.map((row) => row.name));
    },
    async add(step) {
      await queryInterface.bulkInsert(table, [{ name: step }], { transaction });
    },
    async remove(step) {
      await queryInterface.bulkDelete(table, { name: step }, { transaction });
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

/** SQLite's driver waits a second for the file, and another process may migrate for longer; nothing was begun by then. */
async function inTurn(sequelize: Sequelize, work: (transaction: Transaction) => Promise<void>): Promise<void> {
  if (sequelize.getDialect() !== 'sqlite') return await quietTransaction(sequelize, {}, work);
  const until = Date.now() + LOCK_WAIT_S * 1000;
  for (;;) {
    let begun = false;
    try {
      await sequelize.query('PRAGMA journal_mode=WAL');
      return await quietTransaction(sequelize, { type: Transaction.TYPES.IMMEDIATE }, (transaction) => {
        begun = true;
        return work(transaction);
      });
    } catch (error) {
      if (begun || !isRetryable(error) || Date.now() > until) throw error;
      await pause(20 + Math.random() * 80);
    }
  }
}

async function alone(options: MigrateOptions, work: (context: MigrationContext, journal: Journal) => Promise<void>): Promise<void> {
  const { sequelize, tablePrefix, userId, ownUsers } = options;
  await inTurn(sequelize, async (transaction) => {
    await lock(sequelize, transaction);
    try {
      const journal = nameOfTable(sequelize, `${tablePrefix}latchkey_migrations`);
      const context: MigrationContext = {
        queryInterface: await atHome(sequelize, journal, transaction),
        transaction,
        userId,
        ownUsers,
        table: (model) => nameOfModel(sequelize, model, tablePrefix),
      };
      await work(context, await openJournal(context, journal));
    } finally {
      await unlock(sequelize, transaction);
    }
  });
}

/** Asked before the first step makes anything. @throws TypeError that names a table of somebody else's */
async function assertNoneForeign(context: MigrationContext): Promise<void> {
  for (const step of MIGRATIONS) {
    for (const [model, { columns }] of tablesOf(step, context)) await assertOurs(context, model, Object.keys(columns));
  }
}

/** Runs every step that has not run yet. */
export async function migrate(options: MigrateOptions): Promise<void> {
  await alone(options, async (context, journal) => {
    const done = await journal.names();
    if (done.size === 0) await assertNoneForeign(context);
    for (const step of MIGRATIONS) {
      if (done.has(step.name)) continue;
      await stepUp(step, context);
      await journal.add(step.name);
    }
  });
}

/** Takes back every step; all data of the product goes with it. */
export async function revertMigrations(options: MigrateOptions): Promise<void> {
  await alone(options, async (context, journal) => {
    const done = await journal.names();
    for (const step of MIGRATIONS.toReversed()) {
      if (!done.has(step.name)) continue;
      await stepDown(step, context);
      await journal.remove(step.name);
    }
  });
}
