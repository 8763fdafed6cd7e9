// The two keys that become bytes, and how their rows are filled while the service runs.

import { QueryTypes } from 'sequelize';
import { keySql } from '../binary-keys.js';
import type { ModelName } from '../tables.js';
import { hasColumn, nameOfIndex } from './migration.js';
import type { MigrationContext } from './migration-context.js';
import { inSlices, type OnlineDialect, quotedTable, statement } from './online.js';

export interface BinaryKey {
  readonly model: ModelName;
  /** The column of before, with 64 hex digits. */
  readonly text: string;
  readonly bytes: string;
  readonly required: boolean;
  /** The name of the index of before, behind its table's. */
  readonly index: string;
}

const IDENTITY: BinaryKey = { model: 'SocialLink', text: 'identity_key', bytes: 'identity_hash', required: true, index: 'identity' };
const ADDRESS: BinaryKey = { model: 'User', text: 'email_key', bytes: 'email_hash', required: false, index: 'email' };

export const binaryKeys = ({ ownUsers }: MigrationContext): readonly BinaryKey[] => (ownUsers ? [IDENTITY, ADDRESS] : [IDENTITY]);

/** A nullable column is added without a look at the rows. */
export async function addBytes(context: MigrationContext, { model, bytes }: BinaryKey): Promise<void> {
  if (await hasColumn(context, model, bytes)) return;
  const { type } = keySql(context.queryInterface.sequelize);
  await statement(context, `ALTER TABLE ${quotedTable(context, model)} ADD COLUMN ${bytes} ${type}`);
}

/** @param text the column that they come from, by whatever name */
export async function fillBytes(context: MigrationContext, { model, bytes }: BinaryKey, text: string): Promise<void> {
  const [table, sql] = [quotedTable(context, model), keySql(context.queryInterface.sequelize)];
  const empty = `id > $after AND id <= $last AND ${bytes} IS NULL AND ${text} IS NOT NULL`;
  await inSlices(context, table, `UPDATE ${table} SET ${bytes} = ${sql.bytes(text)} WHERE ${empty}`);
}

/** Of what was filled in before: the few rows that are empty, which the index knows. */
export async function fillRest(context: MigrationContext, { model, bytes }: BinaryKey, text: string): Promise<void> {
  const sql = keySql(context.queryInterface.sequelize);
  await statement(
    context,
    `UPDATE ${quotedTable(context, model)} SET ${bytes} = ${sql.bytes(text)} WHERE ${bytes} IS NULL AND ${text} IS NOT NULL`,
  );
}

/** Takes away what is no longer right, all of it before the first is filled anew: a key may have gone from one row to another. */
export async function forgetStale(context: MigrationContext, { model, bytes }: BinaryKey, text: string): Promise<void> {
  const [table, sql] = [quotedTable(context, model), keySql(context.queryInterface.sequelize)];
  const stale = `id > $after AND id <= $last AND ${bytes} IS NOT NULL AND (${text} IS NULL OR ${bytes} <> ${sql.bytes(text)})`;
  await inSlices(context, table, `UPDATE ${table} SET ${bytes} = NULL WHERE ${stale}`);
}

/** Of PostgreSQL's, built beside the service: a process that died left one that nothing may use. */
async function isBroken({ queryInterface, transaction }: MigrationContext, quoted: string): Promise<boolean> {
  const sql = 'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($quoted)';
  const options = { type: QueryTypes.SELECT, bind: { quoted }, transaction } as const;
  const [row] = await queryInterface.sequelize.query<{ valid: boolean }>(sql, options);
  return row?.valid === false;
}

/** Made while others write. */
export async function ensureUnique(context: MigrationContext, { model, bytes }: BinaryKey, dialect: OnlineDialect): Promise<void> {
  const { queryInterface, transaction, table } = context;
  const name = nameOfIndex(table(model), [bytes]);
  const [index, on] = [queryInterface.quoteIdentifier(name), quotedTable(context, model)];
  if (dialect === 'postgres') {
    // It waits for whoever is in the middle of something, and nobody waits for it.
    await statement(context, 'SET lock_timeout = 0');
    if (await isBroken(context, index)) await statement(context, `DROP INDEX CONCURRENTLY ${index}`);
    await statement(context, `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ${index} ON ${on} (${bytes})`);
    await statement(context, "SET lock_timeout = '3s'");
    return;
  }
  const present = (await queryInterface.showIndex(table(model), { transaction })) as readonly { readonly name: string }[];
  if (present.some((each) => each.name === name)) return;
  await statement(context, `ALTER TABLE ${on} ADD UNIQUE INDEX ${index} (${bytes}), ALGORITHM=INPLACE, LOCK=NONE`);
}
