// The last audit rows, for an operator who wants to know what happened.

import { literal, Op } from 'sequelize';
import { dateColumns } from '../../models/times.js';
import { openStorage, type StorageOptions } from '../plugin/storage.js';

export interface EventQuery {
  readonly limit: number;
  /** The id in the table of users. Default: everybody's. */
  readonly userId?: string | undefined;
  readonly since?: Date | undefined;
}

/** A row of the audit, the same on every database and by every driver. */
export interface RecordedEvent {
  readonly id: number;
  readonly event: string;
  readonly userId: string | null;
  readonly provider: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly correlationId: string | null;
  /** What was written down of it; a text that was too long to be kept whole stays a text. */
  readonly detail: unknown;
  /** ISO 8601, in UTC. */
  readonly createdAt: string | null;
}

type Row = RecordedEvent & { readonly detail: string | null; readonly createdAt: unknown };

function detailIn(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** The newest rows, oldest first. A text that cannot be an id is nobody's. */
export async function recentEvents(
  options: Pick<StorageOptions, 'sequelize' | 'users' | 'tablePrefix'>,
  { limit, userId, since }: EventQuery,
): Promise<readonly RecordedEvent[]> {
  const { sequelize, users: hostUsers, tablePrefix } = options;
  const { models, users } = openStorage({ sequelize, users: hostUsers, tablePrefix });
  const key = userId === undefined ? undefined : users.readId(userId);
  if (userId !== undefined && key === undefined) return [];
  const where = {
    ...(key === undefined ? {} : { userId: key }),
    ...(since === undefined ? {} : { createdAt: { [Op.gte]: since } }),
  };
  const dates = dateColumns(sequelize);
  const attributes = ['id', 'event', 'userId', 'provider', 'ip', 'userAgent', 'correlationId', 'detail'];
  const rows = await models.AuditEvent.findAll({
    attributes: [...attributes, [literal(dates.select('created_at')), 'createdAt']],
    ...{ where, order: [['id', 'DESC']], limit, raw: true },
  });
  return (rows as unknown as readonly Row[]).toReversed().map((row) => ({
    ...row,
    id: Number(row.id),
    userId: row.userId === null ? null : String(row.userId),
    detail: detailIn(row.detail),
    createdAt: dates.parse(row.createdAt)?.toISOString() ?? null,
  }));
}
