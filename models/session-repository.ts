// Sign-ins that last, over SQL: rotation is one conditional update, so that one caller wins.

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
  const { sequelize, models, users } = tables;
  const { alias } = quoting(sequelize);
  const { select } = boundSql(sequelize);
  const { toUser, tenureOf } = rowReader(dateColumns(sequelize).parse);
  const { userColumns, sessionColumns, users: userTable, links, sessions, joins, column } = accountSelect(tables);
  const readAt = `${readable(sequelize).number(databaseNow(sequelize))} AS ${alias('s_read_at')}`;
  const FIND = `SELECT ${userColumns}, ${sessionColumns}, l.provider AS ${alias('l_provider')}, ${readAt} FROM ${sessions} s JOIN ${userTable} u ON ${column('id')} = s.user_id ${joins}
    LEFT JOIN ${links} l ON l.id = s.link_id WHERE s.id = $sessionId`;
  const LIST = `SELECT ${sessionColumns} FROM ${sessions} s
    WHERE s.user_id = $userId AND s.revoked_at IS NULL AND s.expires_at > $now ORDER BY COALESCE(s.last_seen_at, s.rotated_at) DESC, s.id LIMIT ${MAX_SESSIONS}`;

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
    async rotate(id, generation, at, expiresAt) {
      const [changed] = await transactions.write((transaction) =>
        models.RefreshToken.update(
          { generation: generation + 1, rotatedAt: toMillis(at), lastSeenAt: toMillis(at), expiresAt: toMillis(expiresAt) },
          { where: { id, generation, revokedAt: null }, transaction },
        ),
      );
      return changed === 1;
    },
    async touch(id, at) {
      await transactions.write((transaction) =>
        models.RefreshToken.update({ lastSeenAt: toMillis(at) }, { where: { id, revokedAt: null }, transaction }),
      );
    },
    async revoke(id, at) {
      await transactions.write((transaction) =>
        models.RefreshToken.update({ revokedAt: toMillis(at) }, { where: { id, revokedAt: null }, transaction }),
      );
    },
  };
}
