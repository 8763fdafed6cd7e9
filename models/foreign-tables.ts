// A host's table of the same name must not be taken for ours, and one day be dropped as ours.

import type { DataType } from 'sequelize';
import { attributesOf, type ModelName } from './define-models.js';
import type { MigrationContext } from './migrations/migration-context.js';

const USERS: readonly string[] = ['User', 'Group'] satisfies ModelName[];

/** SQLite takes names that differ in case for the same, but its catalogue does not. */
async function exists({ queryInterface }: MigrationContext, name: string, options: object): Promise<boolean> {
  if (await queryInterface.tableExists(name, options)) return true;
  if (queryInterface.sequelize.getDialect() !== 'sqlite') return false;
  const names: readonly unknown[] = await queryInterface.showAllTables(options);
  return names.some((each) => String(each).toLowerCase() === name.toLowerCase());
}

/** The columns that the model has today, after every step. */
function columnsOf(userId: DataType, model: ModelName): readonly string[] {
  const attributes = Object.entries(attributesOf(userId)[model]);
  return attributes.map(([attribute, definition]) => (definition as { field?: string }).field ?? attribute);
}

/**
 * A table of that name, if there is one, must have our columns: a step asks for those that it makes itself, for later steps
 * may not have come yet. @throws TypeError that names the table and says what to do
 */
export async function assertOurs(
  context: MigrationContext,
  model: ModelName,
  columns: readonly string[] = columnsOf(context.userId, model),
): Promise<void> {
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

/** Asked before the first step makes anything. @throws TypeError */
export async function assertNoneForeign(context: MigrationContext): Promise<void> {
  for (const model of Object.keys(attributesOf(context.userId)) as ModelName[]) {
    if (context.ownUsers || !USERS.includes(model)) await assertOurs(context, model);
  }
}
