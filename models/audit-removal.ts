// Removes audit rows that are older than the retention time, in the order in which they were written, so that their dates need no index.

import type { Sequelize } from 'sequelize';
import { boundList, boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { dateColumns } from './times.js';
import type { Transactions } from './transactions.js';

export interface AuditRemovalOptions {
  readonly sequelize: Sequelize;
  readonly models: Pick<Models, 'AuditEvent'>;
  readonly transactions: Transactions;
  /** How many rows are looked at, and at most removed, at once. */
  readonly slice: number;
}

/** @returns what removes the next slice of the rows that are older, and tells whether there may be more for this process to do */
export function auditRemoval({ sequelize, models, transactions, slice }: AuditRemovalOptions): (before: Date) => () => Promise<boolean> {
  const { select, write } = boundSql(sequelize);
  const dates = dateColumns(sequelize);
  const events = quoting(sequelize).table(models.AuditEvent);
  const NEXT = `SELECT ${readable(sequelize).number('id')} AS id, ${dates.select('created_at')} AS created_at FROM ${events}
    WHERE id > $after ORDER BY id LIMIT ${slice}`;
  const REMOVE = `DELETE FROM ${events} WHERE id > $after AND id <= $last`;

  return (before) => {
    let after = 0;
    return async () => {
      const rows = await transactions.read(() => select(NEXT, { after }));
      const isOver = ({ created_at }: (typeof rows)[number]) => (dates.parse(created_at) ?? before) < before;
      const last = rows.findLastIndex(isOver);
      if (last === -1) return false;
      const passed = rows.slice(0, last + 1);
      // The clock of whoever wrote it may have been ahead.
      const kept = passed.filter((row) => !isOver(row)).map(({ id }) => Number(id));
      const range = { after, last: Number(rows[last]?.id) };
      const keep = boundList('kept', kept);
      const sql = kept.length === 0 ? REMOVE : `${REMOVE} AND id NOT IN (${keep.sql})`;
      const removed = await transactions.write((transaction) => write(sql, { ...range, ...keep.bind }, transaction));
      after = range.last;
      // Where another process removes the same rows, they are left to it.
      return rows.length === slice && last === slice - 1 && removed === passed.length - kept.length;
    };
  };
}
