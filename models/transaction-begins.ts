// How a transaction begins: its isolation level is said each time, but for connections that know no other.

import { type Sequelize, Transaction, type TransactionOptions } from 'sequelize';
import type { Connection } from './drivers.js';

const { READ_COMMITTED } = Transaction.ISOLATION_LEVELS;

/** Whose transactions are all READ COMMITTED. */
const settled = new WeakSet<Connection>();

/**
 * Says it once per connection, in place of each time: for a Sequelize that nobody else has. A host sets its connections as it
 * likes, and may do so later.
 */
export function settleReadCommitted(sequelize: Sequelize): void {
  if (sequelize.getDialect() !== 'mysql') return;
  sequelize.addHook('afterConnect', async (connection: unknown) => {
    const mysql = connection as { promise(): { query(sql: string): Promise<unknown> } };
    await mysql.promise().query(`SET SESSION TRANSACTION ISOLATION LEVEL ${READ_COMMITTED}`);
    settled.add(connection as Connection);
  });
}

/** One statement where the dialect can say it in one. */
export function beginsOf(dialect: string, { isolationLevel }: TransactionOptions, connection: Connection): readonly string[] {
  // Sequelize's default is null, which its types do not say.
  if (!isolationLevel) return ['START TRANSACTION;'];
  if (dialect === 'postgres') return [`START TRANSACTION ISOLATION LEVEL ${isolationLevel};`];
  const isSaid = isolationLevel === READ_COMMITTED && settled.has(connection);
  return [...(isSaid ? [] : [`SET TRANSACTION ISOLATION LEVEL ${isolationLevel};`]), 'START TRANSACTION;'];
}
