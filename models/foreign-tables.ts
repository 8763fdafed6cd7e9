// A host's table with the name of one of ours must not be taken for ours, and perhaps be dropped one day.

import type { MigrationContext } from './migrations/migration-context.js';
import type { ModelName } from './tables.js';

/** SQLite takes names that differ in case for the same, but its catalogue does not. */
async function exists({ queryInterface }: MigrationContext, name: string, options: object): Promise<boolean> {
  if (await queryInterface.tableExists(name, options)) return true;
  if (queryInterface.sequelize.getDialect() !== 'sqlite') return false;
  const names: readonly unknown[] = await queryInterface.showAllTables(options);
  return names.some((each) => String(each).toLowerCase() === name.toLowerCase());
}

/**
 * A table of that name, if there is one, must have the columns that our step makes it with: the later steps may not have come yet.
 * @throws TypeError that names the table and says what to do
 */
export async function assertOurs(context: MigrationContext, model: ModelName, columns: readonly string[]): Promise<void> {
  const { queryInterface, transaction, table } = context;
  const name = table(model);
  // In the migration's own transaction: the host's pool may have one connection only.
  const options = { transaction } as object;
  if (!(await exists(context, name, options))) return;
  const present = await queryInterface.describeTable(name, options);
  if (columns.every((column) => column in present)) return;
  const pass = model === 'User' ? 'pass its model as `users: { model }`, or ' : '';
  throw new TypeError(`The table "${name}" exists and is not ours: ${pass}set \`tablePrefix\``);
}
