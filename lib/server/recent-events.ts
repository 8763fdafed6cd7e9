// The last audit rows, for an operator who wants to know what happened.

import type { Sequelize } from 'sequelize';
import { openStorage } from '../plugin/storage.js';

/** The newest rows, oldest first, as plain objects. */
export async function recentEvents(sequelize: Sequelize, limit: number): Promise<readonly object[]> {
  const { AuditEvent } = openStorage({ sequelize }).models;
  const rows = await AuditEvent.findAll({ order: [['id', 'DESC']], limit, raw: true });
  return (rows as unknown as readonly object[]).toReversed();
}
