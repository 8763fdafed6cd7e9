// The type of one numbered, reversible step of the schema, and helpers to build it.

import type { ModelAttributeColumnOptions, ModelAttributes } from 'sequelize';
import { assertOurs } from '../foreign-tables.js';
import { quotingNames } from '../quoting.js';
import type { ModelName } from '../tables.js';
import type { MigrationContext } from './migration-context.js';

export interface Migration {
  readonly name: string;
  /**
   * Its statements commit one by one, but on SQLite, and it goes on where it was interrupted. `beside`: processes of the version
   * before go on meanwhile; `alone`: they have ended, or fail from here on. Default: it is part of one transaction, after they ended.
   */
  readonly online?: 'beside' | 'alone';
  /** The tables that it makes, in this order: as they stand while the later steps are still to come. Taking it back drops them. */
  creates?(context: MigrationContext): NewTables;
  /** Comes after the tables. */
  up?(context: MigrationContext): Promise<void>;
  /** Comes before they are dropped. */
  down?(context: MigrationContext): Promise<void>;
}

export interface NewTable {
  readonly columns: ModelAttributes;
  readonly unique?: Readonly<Record<string, readonly string[]>>;
  readonly indexes?: readonly (readonly string[])[];
}

export type NewTables = Readonly<Partial<Record<ModelName, NewTable>>>;

/** Sequelize takes a name apart at its dots, which its own schemas have on MySQL and SQLite. */
export function nameOfIndex(table: string, fields: readonly string[]): string {
  return [table.replaceAll('.', '_'), ...fields].join('_');
}

/** Makes a table with its indexes; harmless when a crash left part of it behind (MySQL commits every statement of a schema). */
async function createTable(context: MigrationContext, model: ModelName, { columns, unique = {}, indexes = [] }: NewTable): Promise<void> {
  const { queryInterface, transaction } = context;
  await assertOurs(context, model, Object.keys(columns));
  const table = context.table(model);
  const uniqueKeys = Object.fromEntries(
    Object.entries(unique).map(([name, fields]) => [nameOfIndex(table, [name]), { fields: [...fields] }]),
  );
  await queryInterface.createTable(table, columns, { transaction, uniqueKeys, charset: 'utf8mb4', collate: 'utf8mb4_bin' });
  await ensureIndexes(context, model, indexes);
}

/** Harmless where they are there. */
export async function ensureIndexes(context: MigrationContext, model: ModelName, indexes: readonly (readonly string[])[]): Promise<void> {
  const { queryInterface, transaction } = context;
  const table = context.table(model);
  const present = (await queryInterface.showIndex(table, { transaction })) as readonly { readonly name: string }[];
  for (const fields of indexes) {
    const name = nameOfIndex(table, fields);
    // PostgreSQL has it in lower case where Sequelize quotes nothing.
    if (present.some((index) => index.name.toLowerCase() === name.toLowerCase())) continue;
    await queryInterface.addIndex({ tableName: table } as unknown as string, [...fields], { name, transaction });
  }
}

export async function hasColumn(
  { queryInterface, transaction, table }: MigrationContext,
  model: ModelName,
  name: string,
): Promise<boolean> {
  return name in (await queryInterface.describeTable(table(model), { transaction } as object));
}

/** Harmless when a crash left it behind. */
export async function addColumn(context: MigrationContext, model: ModelName, name: string, column: ModelAttributes[string]): Promise<void> {
  const { queryInterface, transaction, table } = context;
  if (await hasColumn(context, model, name)) return;
  await queryInterface.addColumn(table(model), name, column as ModelAttributeColumnOptions, { transaction });
}

/** Harmless when a crash took it away already. SQLite's own statement: Sequelize would copy the table and lose its indexes. */
export async function dropColumn(context: MigrationContext, model: ModelName, name: string): Promise<void> {
  const { queryInterface, transaction, table } = context;
  if (!(await hasColumn(context, model, name))) return;
  const { table: quoted, column } = quotingNames(queryInterface.sequelize);
  await queryInterface.sequelize.query(`ALTER TABLE ${quoted(table(model))} DROP COLUMN ${column(name)}`, { transaction });
}

/** The tables that a step makes, in its order. */
export function tablesOf({ creates }: Migration, context: MigrationContext): readonly (readonly [ModelName, NewTable])[] {
  return Object.entries(creates?.(context) ?? {}) as (readonly [ModelName, NewTable])[];
}

export async function stepUp(step: Migration, context: MigrationContext): Promise<void> {
  for (const [model, table] of tablesOf(step, context)) await createTable(context, model, table);
  await step.up?.(context);
}

export async function stepDown(step: Migration, context: MigrationContext): Promise<void> {
  const { queryInterface, transaction, table } = context;
  await step.down?.(context);
  for (const [model] of tablesOf(step, context).toReversed()) await queryInterface.dropTable(table(model), { transaction });
}

/** `ON DELETE CASCADE` to one of our own tables. */
export function owned(table: string): { readonly references: { readonly model: string; readonly key: string }; readonly onDelete: string } {
  return { references: { model: table, key: 'id' }, onDelete: 'CASCADE' };
}
