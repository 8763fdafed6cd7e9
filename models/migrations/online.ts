// Helpers for a step that runs beside the service: short statements that give up if they would have to wait, and rows in slices.

import { setTimeout as pause } from 'node:timers/promises';
import { boundSql } from '../bound-sql.js';
import { isRetryable } from '../database-errors.js';
import { quotingNames } from '../quoting.js';
import type { ModelName } from '../tables.js';
import type { MigrationContext } from './migration-context.js';

/** Rows of one statement: a writer waits some hundredths of a second for them at most. */
const SLICE = 2_000;
/** How often a statement is tried again that somebody's long transaction, or a deadlock, was in the way of. */
const ATTEMPTS = 60;

export type OnlineDialect = 'mysql' | 'postgres';

/** Undefined for SQLite, which has one writer: nothing runs beside a step there. */
export function onlineDialect({ queryInterface }: MigrationContext): OnlineDialect | undefined {
  const dialect = queryInterface.sequelize.getDialect();
  return dialect === 'mysql' || dialect === 'postgres' ? dialect : undefined;
}

export const quotedTable = ({ queryInterface, table }: MigrationContext, model: ModelName, suffix = ''): string =>
  quotingNames(queryInterface.sequelize).table(`${table(model)}${suffix}`);

/** Whatever is in the way, a deadlock say or a lock that is not given in time, it is tried again. */
async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
      await pause(500 + Math.random() * 500);
    }
  }
}

/** One statement, which commits by itself. */
export async function statement({ queryInterface, transaction }: MigrationContext, sql: string): Promise<void> {
  await patiently(() => queryInterface.sequelize.query(sql, { transaction }));
}

/** A statement for each slice of a table's rows, in the order of their ids; `$after` and `$last` stand in it. */
export async function inSlices(context: MigrationContext, table: string, sql: string, after = 0): Promise<void> {
  const { queryInterface, transaction } = context;
  const { select, write } = boundSql(queryInterface.sequelize);
  const page = `SELECT MAX(id) AS last FROM (SELECT id FROM ${table} WHERE id > $after ORDER BY id LIMIT ${SLICE}) page`;
  for (let from = after; ; ) {
    const [row] = await select(page, { after: from }, transaction);
    if (row === undefined || row.last === null) return;
    const range = { after: from, last: Number(row.last) };
    await patiently(() => write(sql, range, transaction));
    from = range.last;
  }
}
