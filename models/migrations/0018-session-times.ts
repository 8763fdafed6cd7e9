// Each time of a session gets one meaning: opened, identity proven, tokens made, last seen.

import { DataTypes } from 'sequelize';
import { quotingNames } from '../quoting.js';
import { addColumn, dropColumn, hasColumn, type Migration } from './migration.js';
import type { MigrationContext } from './migration-context.js';

async function update({ queryInterface, transaction, table }: MigrationContext, set: string, where: string): Promise<void> {
  const { sequelize } = queryInterface;
  await sequelize.query(`UPDATE ${quotingNames(sequelize).table(table('RefreshToken'))} SET ${set} WHERE ${where}`, { transaction });
}

/**
 * Before, `created_at` said when the person had proven who they are, `opened_at` when that opened the session, and `rotated_at` of
 * one that a cookie carries when it was last seen.
 */
export const sessionTimes: Migration = {
  name: '0018-session-times',
  async up(context) {
    for (const name of ['authenticated_at', 'last_seen_at']) await addColumn(context, 'RefreshToken', name, { type: DataTypes.BIGINT });
    await update(context, 'authenticated_at = created_at, last_seen_at = rotated_at', 'authenticated_at IS NULL');
    // Once `created_at` is what it is to be, this changes nothing.
    if (await hasColumn(context, 'RefreshToken', 'opened_at')) await update(context, 'created_at = opened_at', 'opened_at IS NOT NULL');
    await dropColumn(context, 'RefreshToken', 'opened_at');
  },
  async down(context) {
    await addColumn(context, 'RefreshToken', 'opened_at', { type: DataTypes.BIGINT });
    await update(context, 'opened_at = created_at', 'opened_at IS NULL');
    if (await hasColumn(context, 'RefreshToken', 'authenticated_at'))
      await update(context, 'created_at = authenticated_at, rotated_at = last_seen_at', 'authenticated_at IS NOT NULL');
    for (const name of ['authenticated_at', 'last_seen_at']) await dropColumn(context, 'RefreshToken', name);
  },
};
