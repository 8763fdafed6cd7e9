// The schema of our tables: the one that the models of the host's Sequelize use, by `define.schema` or by PostgreSQL's search path.

import type { QueryInterface, Sequelize, Transaction } from 'sequelize';
import { type Bind, boundSql, OURS, type Raw } from './bound-sql.js';
import type { Table } from './define-models.js';
import { type ModelName, tableName } from './tables.js';

interface HomeOptions {
  readonly schema?: string;
  readonly define?: { readonly schema?: string; readonly schemaDelimiter?: string };
  readonly quoteIdentifiers?: boolean;
  readonly searchPath?: string;
  readonly dialectOptions?: { readonly prependSearchPath?: boolean };
}

const optionsOf = (sequelize: Sequelize) => (sequelize as unknown as { readonly options: HomeOptions }).options;
const schemaOf = ({ define, schema }: HomeOptions) => define?.schema ?? schema;

/** As PostgreSQL's catalogue knows a name that Sequelize does not quote. */
const folded = (sequelize: Sequelize, name: string) => (optionsOf(sequelize).quoteIdentifiers === false ? name.toLowerCase() : name);

/** The table's name, for Sequelize to quote: MySQL, MariaDB and SQLite have Sequelize's schemas as a part of it. */
export function nameOfTable(sequelize: Sequelize, name: string): string {
  const options = optionsOf(sequelize);
  const schema = schemaOf(options);
  return sequelize.getDialect() === 'postgres' || schema === undefined ? name : `${schema}${options.define?.schemaDelimiter || '.'}${name}`;
}

export function nameOfModel(sequelize: Sequelize, model: ModelName, prefix: string): string {
  return nameOfTable(sequelize, tableName(model, prefix));
}

/** The search path that Sequelize puts before each of its statements; undefined where it does not. */
function prepended(sequelize: Sequelize): string | undefined {
  const { searchPath, dialectOptions } = optionsOf(sequelize);
  return sequelize.getDialect() === 'postgres' && dialectOptions?.prependSearchPath === true ? searchPath || 'DEFAULT' : undefined;
}

const kept = new WeakSet<Sequelize>();

/** For our own statements, which PostgreSQL prepares and so takes one at a time: the path is set when a connection is taken. */
export function keepSearchPath(sequelize: Sequelize): void {
  const path = prepended(sequelize);
  if (path === undefined || kept.has(sequelize)) return;
  kept.add(sequelize);
  sequelize.addHook('afterPoolAcquire', async (connection: unknown) => {
    const { query } = connection as { query(sql: string): Promise<unknown> };
    // One that is lost says so to the statement that follows.
    await query.call(connection, `SET search_path TO ${path}`).catch(() => undefined);
  });
}

/** The schema of a table that is found by the search path, else the first of the path. */
async function schemaByPath(sequelize: Sequelize, name: string, transaction: Transaction | undefined): Promise<string | undefined> {
  const quoted = sequelize.getQueryInterface().quoteIdentifier(name);
  const [row] = await boundSql(sequelize).select<Raw>(
    `SELECT COALESCE((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($quoted)),
      current_schema()) AS home`,
    { quoted },
    transaction,
  );
  return typeof row?.home === 'string' ? row.home : undefined;
}

/** What Sequelize's `describeTable` and `showIndex` take: on PostgreSQL they look into `public`, unless they are told where. */
export async function catalogueName(sequelize: Sequelize, model: Table): Promise<string> {
  const table = model.getTableName();
  if (sequelize.getDialect() !== 'postgres') return nameIn(table);
  const [name, schema] = typeof table === 'string' ? [table, undefined] : [table.tableName, table.schema];
  const home = schema ?? (await schemaByPath(sequelize, name, undefined));
  return { tableName: folded(sequelize, name), schema: home } as unknown as string;
}

const nameIn = (table: string | { readonly tableName: string; readonly schema: string; readonly delimiter: string }) =>
  typeof table === 'string' ? table : `${table.schema}${table.delimiter || '.'}${table.tableName}`;

async function assertSchema(sequelize: Sequelize, schema: string, transaction: Transaction): Promise<void> {
  const [there] = await boundSql(sequelize).select('SELECT 1 AS there FROM pg_namespace WHERE nspname = $schema', { schema }, transaction);
  if (there === undefined)
    await sequelize.query(`CREATE SCHEMA ${sequelize.getQueryInterface().quoteIdentifier(schema)}`, { transaction, ...OURS });
}

/**
 * What migrations make and look at, made and looked at there. Where the search path leads to tables of ours already, that is
 * the place, also when another schema comes first.
 * @param lasting for the connection, in place of the transaction
 */
export async function atHome(sequelize: Sequelize, journal: string, transaction: Transaction, lasting = false): Promise<QueryInterface> {
  const queryInterface = sequelize.getQueryInterface();
  if (sequelize.getDialect() !== 'postgres') return queryInterface;
  const run = (sql: string, bind: Bind) => boundSql(sequelize).select(sql, bind, transaction);
  const schema = schemaOf(optionsOf(sequelize));
  if (schema !== undefined) await assertSchema(sequelize, schema, transaction);
  const home = schema ?? (await schemaByPath(sequelize, journal, transaction));
  if (home === undefined) throw new TypeError('sequelize: the search path leads to no schema that exists');
  await run(`SELECT set_config('search_path', quote_ident($home) || ', ' || current_setting('search_path'), NOT $lasting)`, {
    home,
    lasting,
  });
  const here: Sequelize = Object.create(sequelize, {
    // Sequelize would set the search path anew before each statement.
    query: { value: (sql: string, options: object) => sequelize.query(sql, { ...OURS, ...options }) },
    getQueryInterface: { value: () => made },
  });
  const named = (table: string) => ({ tableName: folded(sequelize, table), schema: home });
  /** With a string for a table these look into `public`, whatever the search path says. */
  const naming = (call: 'describeTable' | 'tableExists' | 'showIndex' | 'addColumn') => ({
    value: (table: string, ...rest: never[]) => (queryInterface[call] as (...args: unknown[]) => unknown).call(made, named(table), ...rest),
  });
  const made: QueryInterface = Object.create(queryInterface, {
    sequelize: { value: here },
    describeTable: naming('describeTable'),
    tableExists: naming('tableExists'),
    showIndex: naming('showIndex'),
    addColumn: naming('addColumn'),
  });
  return made;
}
