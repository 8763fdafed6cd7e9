// Makes what is stored older, as waiting would.

import { QueryTypes, type Sequelize } from 'sequelize';

/** The columns that hold milliseconds since 1970. */
type Column =
  | 'refresh_tokens.authenticated_at'
  | 'refresh_tokens.rotated_at'
  | 'refresh_tokens.last_seen_at'
  | 'refresh_tokens.expires_at'
  | 'outbox_messages.next_attempt_at';

/** Of all rows. */
export async function age(sequelize: Sequelize, column: Column, byMs: number): Promise<void> {
  const [table, name] = column.split('.');
  const sql = `UPDATE ${table} SET ${name} = ${name} - :byMs`;
  await sequelize.query(sql, { type: QueryTypes.UPDATE, replacements: { byMs } });
}
