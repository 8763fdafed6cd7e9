// The latest sign-ins of a user, as the audit rows tell them.

import { literal } from 'sequelize';
import type { SignInRecord } from '../lib/accounts/ports.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { dateColumns } from './times.js';

const EVENTS = [
  'auth.oauth.sign_in.success',
  'auth.oauth.sign_in.failure',
  'auth.password.sign_in.success',
  'auth.password.sign_in.failure',
];

/** The newest first; one statement. */
export async function readRecentSignIns({ AuditEvent }: Models, userId: string, limit: number): Promise<readonly SignInRecord[]> {
  const { sequelize } = AuditEvent;
  if (sequelize === undefined) throw new TypeError('The models are defined by now');
  const dates = dateColumns(sequelize);
  const rows: unknown = await AuditEvent.findAll({
    attributes: ['ip', 'userAgent', 'provider', 'event', [literal(dates.select(quoting(sequelize).column('created_at'))), 'at']],
    where: { userId, event: EVENTS },
    order: [
      ['createdAt', 'DESC'],
      ['id', 'DESC'],
    ],
    limit,
    raw: true,
    transaction: null,
  });
  return (rows as readonly Readonly<Record<string, string | null>>[]).map((row) => ({
    at: dates.parse(row.at) ?? new Date(0),
    ip: row.ip ?? undefined,
    userAgent: row.userAgent ?? undefined,
    provider: row.provider ?? undefined,
    success: String(row.event).endsWith('.success'),
  }));
}
