// The latest sign-ins of a user, from the audit rows.

import type { SignInRecord } from '../lib/accounts/ports.js';
import { boundList, boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { dateColumns } from './times.js';
import type { UserKey } from './user-ids.js';

const EVENTS = [
  'auth.oauth.sign_in.success',
  'auth.oauth.sign_in.failure',
  'auth.password.sign_in.success',
  'auth.password.sign_in.failure',
];

export interface RecentSignInsOptions {
  readonly userId: UserKey | undefined;
  readonly limit: number;
}

/** Bytes, where the driver converts nothing. */
const text = (value: unknown) => (value === null || value === undefined ? undefined : String(value));

/** The newest first; one statement. */
export async function readRecentSignIns({ AuditEvent }: Models, { userId, limit }: RecentSignInsOptions): Promise<readonly SignInRecord[]> {
  const { sequelize } = AuditEvent;
  if (sequelize === undefined) throw new TypeError('The models are defined by now');
  const dates = dateColumns(sequelize);
  const { sql, bind } = boundList('event', EVENTS);
  const rows = await boundSql(sequelize).select(
    `SELECT event, provider, ip, user_agent, ${dates.select('created_at')} AS at FROM ${quoting(sequelize).table(AuditEvent)}
      WHERE user_id = $userId AND event IN (${sql}) ORDER BY created_at DESC, id DESC LIMIT ${limit}`,
    { ...bind, userId },
  );
  return rows.map((row) => ({
    at: dates.parse(row.at) ?? new Date(0),
    ip: text(row.ip),
    userAgent: text(row.user_agent),
    provider: text(row.provider),
    success: String(row.event).endsWith('.success'),
  }));
}
