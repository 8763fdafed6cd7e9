// On which client a session was opened, and when: people recognize their own sessions by this.

import { DataTypes } from 'sequelize';
import { addColumn, dropColumn, type Migration } from './migration.js';

/** Empty for sessions of before. */
const COLUMNS = {
  kind: { type: DataTypes.STRING(10) },
  ip: { type: DataTypes.STRING(64) },
  user_agent: { type: DataTypes.STRING(255) },
  opened_at: { type: DataTypes.BIGINT },
} as const;

export const sessionClients: Migration = {
  name: '0014-session-clients',
  async up(context) {
    for (const [name, column] of Object.entries(COLUMNS)) await addColumn(context, 'RefreshToken', name, column);
  },
  async down(context) {
    for (const name of Object.keys(COLUMNS).toReversed()) await dropColumn(context, 'RefreshToken', name);
  },
};
