// The 32 bytes replace the hex digits. Processes of the previous version must stop here: first their column is renamed, so that none of
// them can write any more, then every row is compared, and only then the old index is dropped.

import { QueryTypes } from 'sequelize';
import { keySql } from '../binary-keys.js';
import { type BinaryKey, binaryKeys, fillRest, forgetStale } from './binary-key.js';
import { hasColumn, type Migration, nameOfIndex } from './migration.js';
import type { MigrationContext } from './migration-context.js';
import { type OnlineDialect, onlineDialect, quotedTable, statement } from './online.js';

const before = ({ text }: BinaryKey) => `${text}_before`;

/** Without it MySQL would write an empty key into a column that must have one, where its mode is lax. */
async function assertFilled(context: MigrationContext, key: BinaryKey): Promise<void> {
  const { queryInterface, transaction } = context;
  const sql = `SELECT id FROM ${quotedTable(context, key.model)} WHERE ${key.bytes} IS NULL AND ${before(key)} IS NOT NULL LIMIT 1`;
  const [row] = await queryInterface.sequelize.query<{ id: unknown }>(sql, { type: QueryTypes.SELECT, transaction });
  if (row !== undefined)
    throw new Error(
      `The row ${String(row.id)} of "${context.table(key.model)}" has no key of 64 hex digits in "${before(key)}": correct it, and start again`,
    );
}

/** MariaDB drops a column at once, but for one that an index has. PostgreSQL's goes with its column. */
async function dropOldIndex(context: MigrationContext, { model, index }: BinaryKey): Promise<void> {
  const { queryInterface, transaction, table } = context;
  const name = nameOfIndex(table(model), [index]);
  const present = (await queryInterface.showIndex(table(model), { transaction })) as readonly { readonly name: string }[];
  if (present.some((each) => each.name === name))
    await statement(context, `ALTER TABLE ${quotedTable(context, model)} DROP INDEX ${queryInterface.quoteIdentifier(name)}`);
}

async function takePlace(context: MigrationContext, key: BinaryKey, dialect: OnlineDialect): Promise<void> {
  const { model, text, bytes, required } = key;
  const table = quotedTable(context, model);
  const old = before(key);
  if (await hasColumn(context, model, text)) {
    const type = `CHAR(64) ${required ? 'NOT NULL' : 'NULL'}`;
    await statement(
      context,
      `ALTER TABLE ${table} ${dialect === 'mysql' ? `CHANGE ${text} ${old} ${type}` : `RENAME COLUMN ${text} TO ${old}`}`,
    );
  }
  if (!(await hasColumn(context, model, old))) return;
  await forgetStale(context, key, old);
  await fillRest(context, key, old);
  await assertFilled(context, key);
  if (dialect === 'mysql') await dropOldIndex(context, key);
  const { type } = keySql(context.queryInterface.sequelize);
  const demand = dialect === 'mysql' ? `MODIFY ${bytes} ${type} NOT NULL` : `ALTER COLUMN ${bytes} SET NOT NULL`;
  await statement(context, `ALTER TABLE ${table} ${required ? `${demand}, ` : ''}DROP COLUMN ${old}`);
}

/** In the transaction that has the whole file: its columns hold texts and bytes alike. */
async function onSqlite(context: MigrationContext, { model, text, bytes }: BinaryKey): Promise<void> {
  if (!(await hasColumn(context, model, text))) return;
  const table = quotedTable(context, model);
  await statement(context, `UPDATE ${table} SET ${text} = UNHEX(${text}) WHERE TYPEOF(${text}) = 'text'`);
  await statement(context, `ALTER TABLE ${table} RENAME COLUMN ${text} TO ${bytes}`);
}

async function backOnSqlite(context: MigrationContext, { model, text, bytes }: BinaryKey): Promise<void> {
  if (await hasColumn(context, model, text)) return;
  const table = quotedTable(context, model);
  await statement(context, `ALTER TABLE ${table} RENAME COLUMN ${bytes} TO ${text}`);
  await statement(context, `UPDATE ${table} SET ${text} = LOWER(HEX(${text})) WHERE TYPEOF(${text}) = 'blob'`);
}

async function back(context: MigrationContext, key: BinaryKey, dialect: OnlineDialect): Promise<void> {
  const { queryInterface, transaction } = context;
  const { model, text, bytes, required, index } = key;
  if (!(await hasColumn(context, model, bytes))) return;
  const table = quotedTable(context, model);
  const mysql = dialect === 'mysql';
  const sql = keySql(queryInterface.sequelize);
  if (required)
    await statement(context, `ALTER TABLE ${table} ${mysql ? `MODIFY ${bytes} ${sql.type} NULL` : `ALTER COLUMN ${bytes} DROP NOT NULL`}`);
  if (!(await hasColumn(context, model, text))) await statement(context, `ALTER TABLE ${table} ADD COLUMN ${text} CHAR(64)`);
  await statement(context, `UPDATE ${table} SET ${text} = ${sql.hex(bytes)} WHERE ${text} IS NULL`);
  if (required)
    await statement(context, `ALTER TABLE ${table} ${mysql ? `MODIFY ${text} CHAR(64) NOT NULL` : `ALTER COLUMN ${text} SET NOT NULL`}`);
  const name = nameOfIndex(context.table(model), [index]);
  const present = (await queryInterface.showIndex(context.table(model), { transaction })) as readonly { readonly name: string }[];
  if (!present.some((each) => each.name === name))
    await statement(context, `CREATE UNIQUE INDEX ${queryInterface.quoteIdentifier(name)} ON ${table} (${text})`);
}

export const binaryKeysStep: Migration = {
  name: '0021-binary-keys',
  online: 'alone',
  async up(context) {
    const dialect = onlineDialect(context);
    for (const key of binaryKeys(context)) await (dialect === undefined ? onSqlite(context, key) : takePlace(context, key, dialect));
  },
  async down(context) {
    const dialect = onlineDialect(context);
    for (const key of binaryKeys(context)) await (dialect === undefined ? backOnSqlite(context, key) : back(context, key, dialect));
  },
};
