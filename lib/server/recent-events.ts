// The last audit rows, for an operator who wants to know what happened.

import { Op } from 'sequelize';
import { openStorage, type StorageOptions } from '../plugin/storage.js';

export interface EventQuery {
  readonly limit: number;
  /** The id in the table of users. Default: everybody's. */
  readonly userId?: string | undefined;
  readonly since?: Date | undefined;
}

/** The newest rows, oldest first, as plain objects. A text that cannot be an id is nobody's. */
export async function recentEvents(
  options: Pick<StorageOptions, 'sequelize' | 'users' | 'tablePrefix'>,
  { limit, userId, since }: EventQuery,
): Promise<readonly object[]> {
  const { sequelize, users: hostUsers, tablePrefix } = options;
  const { models, users } = openStorage({ sequelize, users: hostUsers, tablePrefix });
  const key = userId === undefined ? undefined : users.readId(userId);
  if (userId !== undefined && key === undefined) return [];
  const where = {
    ...(key === undefined ? {} : { userId: key }),
    ...(since === undefined ? {} : { createdAt: { [Op.gte]: since } }),
  };
  const rows = await models.AuditEvent.findAll({ where, order: [['id', 'DESC']], limit, raw: true });
  return (rows as unknown as readonly object[]).toReversed();
}
