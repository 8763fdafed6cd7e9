// A host's table of the same name must not be taken for ours, and one day be dropped as ours.

import { attributesOf, type ModelName } from './define-models.js';
import type { MigrationContext } from './migrations/migration.js';

const USERS: readonly string[] = ['User', 'Group'] satisfies ModelName[];

/** Asked before the first step makes anything. @throws TypeError that names the table and says what to do */
export async function assertNoneForeign({ queryInterface, transaction, userId, ownUsers, table }: MigrationContext): Promise<void> {
  // In the migration's own transaction: the host's pool may have one connection only.
  const options = { transaction } as object;
  for (const [model, attributes] of Object.entries(attributesOf(userId))) {
    const name = table(model as ModelName);
    if ((USERS.includes(model) && !ownUsers) || !(await queryInterface.tableExists(name, options))) continue;
    const present = await queryInterface.describeTable(name, options);
    const columns = Object.entries(attributes).map(([attribute, definition]) => (definition as { field?: string }).field ?? attribute);
    if (columns.every((column) => column in present)) continue;
    const pass = model === 'User' ? 'pass its model as `users: { model }`, or ' : '';
    throw new TypeError(`The table "${name}" exists and is not ours: ${pass}set \`tablePrefix\``);
  }
}
