// Writes of sessions that commit with the change they belong to: a session that a sign-in opens, and sessions that a change ends.

import { Op, type Transaction } from 'sequelize';
import type { NewSession } from '../lib/accounts/session-ports.js';
import type { AccountTables } from './account-select.js';
import { boundSql, WITH_NULLS } from './bound-sql.js';
import { tame } from './journal.js';
import { quoting } from './quoting.js';
import { toMillis } from './times.js';
import { requiredKey, type UserKey } from './user-ids.js';

export interface SessionWrites {
  insert(session: NewSession, transaction: Transaction): Promise<void>;
  /** Lets a session outlive the link it was opened through. */
  detach(id: string, userId: string, transaction: Transaction): Promise<void>;
  /** Ends every session of the user's except one, and every refresh token of that one. */
  revokeAll(userId: string, except: string | undefined, at: Date, transaction: Transaction): Promise<void>;
  /** False when there is none of this id that goes on and is the user's. */
  end(id: string, user: UserKey, at: Date, transaction: Transaction): Promise<boolean>;
  /** @returns how many it ended */
  endOthers(except: string | undefined, user: UserKey, at: Date, transaction: Transaction): Promise<number>;
}

export function createSessionWrites({ sequelize, models, users }: AccountTables): SessionWrites {
  const { write } = boundSql(sequelize);
  const { RefreshToken } = models;
  const sessions = quoting(sequelize).table(RefreshToken);
  const INSERT = `INSERT INTO ${sessions} (id, user_id, link_id, generation, created_at, authenticated_at, rotated_at, last_seen_at, expires_at, kind, ip, user_agent)
    VALUES ($id, $userId, $linkId, 0, $createdAt, $authenticatedAt, $createdAt, $createdAt, $expiresAt, $kind, $ip, $userAgent)`;
  const END_TOKENS = `UPDATE ${sessions} SET state_version = state_version + 1 WHERE id = $id`;
  const END = `UPDATE ${sessions} SET revoked_at = $at WHERE user_id = $userId AND revoked_at IS NULL AND expires_at > $at`;
  const END_ONE = `${END} AND id = $id`;
  const END_OTHERS = `${END} AND id <> $except`;

  return {
    async insert({ id, userId, linkId, createdAt, authenticatedAt, expiresAt, kind = null, client }, transaction) {
      const times = { createdAt: toMillis(createdAt), authenticatedAt: toMillis(authenticatedAt), expiresAt: toMillis(expiresAt) };
      const by = { kind, ip: tame(client?.ip, 64), userAgent: tame(client?.userAgent, 255) };
      const whose = { userId: requiredKey(users.readId, userId), linkId: linkId === undefined ? null : Number(linkId) };
      await write(INSERT, { id, ...whose, ...times, ...by }, transaction);
    },
    async detach(id, userId, transaction) {
      await RefreshToken.update({ linkId: null }, { where: { id, userId }, transaction, ...WITH_NULLS });
    },
    async revokeAll(userId, except, at, transaction) {
      const others = except === undefined ? {} : { id: { [Op.ne]: except } };
      await RefreshToken.update({ revokedAt: toMillis(at) }, { where: { userId, revokedAt: null, ...others }, transaction });
      if (except !== undefined) await write(END_TOKENS, { id: except }, transaction);
    },
    end: async (id, userId, at, transaction) => (await write(END_ONE, { id, userId, at: toMillis(at) }, transaction)) === 1,
    endOthers: (except, userId, at, transaction) => write(END_OTHERS, { except: except ?? '', userId, at: toMillis(at) }, transaction),
  };
}
