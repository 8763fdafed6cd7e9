// Sessions over SQL: rotation is one conditional update, so that only one caller wins.

import type { SessionRepository } from '../lib/accounts/session-ports.js';
import { isSuccessor } from '../lib/accounts/successors.js';
import { rowReader, text, toSession, toSessionRecord } from './account-rows.js';
import { type AccountTables, accountSelect } from './account-select.js';
import { boundSql } from './bound-sql.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { databaseNow, dateColumns, fromMillis, toMillis } from './times.js';
import type { Transactions } from './transactions.js';

/** More than anybody can look through. */
const MAX_SESSIONS = 500;

export function createSessionRepository(tables: AccountTables, transactions: Transactions): SessionRepository {
  const { sequelize, users } = tables;
  const { alias } = quoting(sequelize);
  const { select, write } = boundSql(sequelize);
  const { toUser, tenureOf } = rowReader(dateColumns(sequelize).parse);
  const { userColumns, sessionColumns, users: userTable, links, sessions, joins, column } = accountSelect(tables);
  const readAt = `${readable(sequelize).number(databaseNow(sequelize))} AS ${alias('s_read_at')}`;
  const FIND = `SELECT ${userColumns}, ${sessionColumns}, l.provider AS ${alias('l_provider')}, ${readAt} FROM ${sessions} s JOIN ${userTable} u ON ${column('id')} = s.user_id ${joins}
    LEFT JOIN ${links} l ON l.id = s.link_id WHERE s.id = $sessionId`;
  const LIST = `SELECT ${sessionColumns} FROM ${sessions} s
    WHERE s.user_id = $userId AND s.revoked_at IS NULL AND s.expires_at > $now ORDER BY COALESCE(s.last_seen_at, s.rotated_at) DESC, s.id LIMIT ${MAX_SESSIONS}`;
  const goesOn = 'WHERE id = $id AND revoked_at IS NULL';
  const ROTATE = `UPDATE ${sessions} SET generation = $next, rotated_at = $at, last_seen_at = $at, expires_at = $until ${goesOn} AND generation = $generation`;
  const TOUCH = `UPDATE ${sessions} SET last_seen_at = $at ${goesOn}`;
  const REVOKE = `UPDATE ${sessions} SET revoked_at = $at ${goesOn}`;

  return {
    async find(sessionId) {
      const [row] = await transactions.read(() => select(FIND, { sessionId }));
      if (row === undefined || isSuccessor(tenureOf(row))) return undefined;
      const found = { session: toSession(row), user: toUser(row), provider: text(row.l_provider) };
      return { ...found, readAt: fromMillis(row.s_read_at) };
    },
    async listOf(id) {
      const userId = users.readId(id);
      if (userId === undefined) return [];
      return (await transactions.read(() => select(LIST, { userId, now: Date.now() }))).map(toSessionRecord);
    },
    rotate: (id, generation, at, expiresAt) =>
      transactions.writeOne(
        async (transaction) =>
          (await write(ROTATE, { id, generation, next: generation + 1, at: toMillis(at), until: toMillis(expiresAt) }, transaction)) === 1,
      ),
    async touch(id, at) {
      await transactions.writeOne((transaction) => write(TOUCH, { id, at: toMillis(at) }, transaction));
    },
    async revoke(id, at) {
      await transactions.writeOne((transaction) => write(REVOKE, { id, at: toMillis(at) }, transaction));
    },
  };
}
