// Cookie sessions of browsers, for installations without Redis.

import { DataTypes } from 'sequelize';
import type { Migration } from './migration.js';

export const sessions: Migration = {
  name: '0007-sessions',
  creates: () => ({
    CookieSession: {
      columns: {
        id: { type: DataTypes.STRING(64), primaryKey: true, allowNull: false },
        record: { type: DataTypes.TEXT, allowNull: false },
        expires_at: { type: DataTypes.BIGINT, allowNull: false },
      },
      indexes: [['expires_at']],
    },
  }),
};
