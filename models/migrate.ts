// Brings the schema up to date, once, however many processes start on the same empty database.

import { type DataType, DataTypes, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { assertOurs } from './foreign-tables.js';
import { inTransaction, statementByStatement } from './migration-turns.js';
import { MIGRATIONS } from './migrations/index.js';
import { type Migration, stepDown, stepUp, tablesOf } from './migrations/migration.js';
import type { MigrationContext } from './migrations/migration-context.js';
import { atHome, nameOfModel, nameOfTable } from './tables-home.js';

export interface MigrateOptions {
  readonly sequelize: Sequelize;
  readonly tablePrefix: string;
  readonly userId: DataType;
  readonly ownUsers: boolean;
}

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

type Work = (context: MigrationContext, journal: Journal) => Promise<void>;

async function on({ sequelize, tablePrefix, userId, ownUsers }: MigrateOptions, transaction: Transaction, lasting: boolean, work: Work) {
  const journal = nameOfTable(sequelize, `${tablePrefix}latchkey_migrations`);
  const context: MigrationContext = {
    queryInterface: await atHome(sequelize, journal, transaction, lasting),
    transaction,
    userId,
    ownUsers,
    table: (model) => nameOfModel(sequelize, model, tablePrefix),
  };
  await work(context, await openJournal(context, journal));
}

const alone = (options: MigrateOptions, work: Work) =>
  inTransaction(options.sequelize, (transaction) => on(options, transaction, false, work));

const beside = (options: MigrateOptions, work: Work) =>
  statementByStatement(options.sequelize, (connection) => on(options, connection, true, work));

/** Asked before the first step makes anything. @throws TypeError that names a table of somebody else's */
async function assertNoneForeign(context: MigrationContext): Promise<void> {
  for (const step of MIGRATIONS) {
    for (const [model, { columns }] of tablesOf(step, context)) await assertOurs(context, model, Object.keys(columns));
  }
}

/** The steps that have not run yet, in one transaction, up to the first that is to run beside the service, if there is one. */
async function upToOnline(options: MigrateOptions): Promise<Migration | undefined> {
  let next: Migration | undefined;
  await alone(options, async (context, journal) => {
    const done = await journal.names();
    if (done.size === 0) await assertNoneForeign(context);
    const isOnline = ({ online }: Migration) => online !== undefined && options.sequelize.getDialect() !== 'sqlite';
    const left = MIGRATIONS.filter(({ name }) => !done.has(name));
    next = left.find(isOnline);
    for (const step of next === undefined ? left : left.slice(0, left.indexOf(next))) {
      await stepUp(step, context);
      await journal.add(step.name);
    }
  });
  return next;
}

/** Harmless where another process has done it meanwhile. */
async function runOnline(options: MigrateOptions, step: Migration): Promise<void> {
  await beside(options, async (context, journal) => {
    if ((await journal.names()).has(step.name)) return;
    await stepUp(step, context);
    await journal.add(step.name);
  });
}

/** Runs every step that has not run yet. */
export async function migrate(options: MigrateOptions): Promise<void> {
  for (let next = await upToOnline(options); next !== undefined; next = await upToOnline(options)) await runOnline(options, next);
}

/**
 * Runs what may run while processes of the version before serve, and stops before the first step that may not.
 * @returns the name of that step; undefined where nothing is left
 */
export async function migrateAhead(options: MigrateOptions): Promise<string | undefined> {
  for (;;) {
    const left = await leftOf(options);
    const [next] = left;
    if (next?.online !== 'beside' || options.sequelize.getDialect() === 'sqlite') return next?.name;
    await runOnline(options, next);
  }
}

async function leftOf(options: MigrateOptions): Promise<readonly Migration[]> {
  let left: readonly Migration[] = [];
  await alone(options, async (_context, journal) => {
    const done = await journal.names();
    left = MIGRATIONS.filter(({ name }) => !done.has(name));
  });
  return left;
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
