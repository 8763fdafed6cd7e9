// Changes the type of columns and keeps their content; if it is killed at any statement, it can continue.

import { quotingNames } from '../quoting.js';
import type { ModelName } from '../tables.js';
import { ensureIndexes, nameOfIndex } from './migration.js';
import type { MigrationContext } from './migration-context.js';

export interface ColumnChange {
  readonly name: string;
  readonly required: boolean;
}

export interface TypeChange {
  readonly columns: readonly ColumnChange[];
  readonly indexes: readonly (readonly string[])[];
  /** As the dialect spells it. */
  readonly type: string;
  /** An expression for the new value; `column` is quoted. */
  value(column: string): string;
}

/** One statement changes all columns in place, and belongs to the migrating transaction. */
async function inPlace({ queryInterface, transaction, table }: MigrationContext, model: ModelName, change: TypeChange): Promise<void> {
  const quote = (name: string) => queryInterface.quoteIdentifier(name, true);
  const changes = change.columns.map(({ name }) => `ALTER COLUMN ${quote(name)} TYPE ${change.type} USING ${change.value(quote(name))}`);
  await queryInterface.sequelize.query(`ALTER TABLE ${quotingNames(queryInterface.sequelize).table(table(model))} ${changes.join(', ')}`, {
    transaction,
  });
}

/** A new column beside each old one, filled, and put into its place. MySQL commits each statement; the last one changes all. */
async function besides(context: MigrationContext, model: ModelName, change: TypeChange, present: object): Promise<void> {
  const { queryInterface, transaction } = context;
  const { sequelize } = queryInterface;
  const quote = (name: string) => queryInterface.quoteIdentifier(name, true);
  const [table, sqlite] = [quotingNames(sequelize).table(context.table(model)), sequelize.getDialect() === 'sqlite'];
  const run = (sql: string) => sequelize.query(sql, { transaction });
  const added = (name: string) => `${name}_new`;
  const { columns, type, value } = change;

  const missing = columns.filter(({ name }) => !(added(name) in present));
  // SQLite cannot make a column required later, and wants a default of one that is: a time that is long over.
  const additions = missing.map(
    ({ name, required }) => `ADD COLUMN ${quote(added(name))} ${type}${sqlite && required ? ' NOT NULL DEFAULT 0' : ''}`,
  );
  // SQLite takes one at a time.
  const alterations = sqlite ? additions : additions.length > 0 ? [additions.join(', ')] : [];
  for (const addition of alterations) await run(`ALTER TABLE ${table} ${addition}`);
  const filled = columns.map(({ name }) => `${quote(added(name))} = ${value(quote(name))}`);
  await run(`UPDATE ${table} SET ${filled.join(', ')}`);
  if (!sqlite) {
    const swaps = columns.map(
      ({ name, required }) =>
        `DROP COLUMN ${quote(name)}, CHANGE COLUMN ${quote(added(name))} ${quote(name)} ${type}${required ? ' NOT NULL' : ''}`,
    );
    await run(`ALTER TABLE ${table} ${swaps.join(', ')}`);
    return;
  }
  for (const fields of change.indexes) await run(`DROP INDEX IF EXISTS ${quote(nameOfIndex(context.table(model), fields))}`);
  for (const { name } of columns) {
    await run(`ALTER TABLE ${table} DROP COLUMN ${quote(name)}`);
    await run(`ALTER TABLE ${table} RENAME COLUMN ${quote(added(name))} TO ${quote(name)}`);
  }
}

/** Harmless when it is done already, or part of it. */
export async function changeTypes(context: MigrationContext, model: ModelName, change: TypeChange): Promise<void> {
  const { queryInterface, transaction, table } = context;
  const present = await queryInterface.describeTable(table(model), { transaction } as object);
  const kind = (type: string) => type.replace(/[\s(].*$/s, '').toUpperCase();
  const columns = change.columns.filter(({ name }) => kind(String(present[name]?.type)) !== kind(change.type));
  const left = { ...change, columns };
  if (columns.length > 0 && queryInterface.sequelize.getDialect() === 'postgres') await inPlace(context, model, left);
  else if (columns.length > 0) await besides(context, model, left, present);
  await ensureIndexes(context, model, change.indexes);
}
