// One-time values, for installations without Redis.

import { DataTypes } from 'sequelize';
import type { Migration } from './migration.js';

export const flows: Migration = {
  name: '0005-flows',
  creates: () => ({
    Flow: {
      columns: {
        id: { type: DataTypes.STRING(64), primaryKey: true, allowNull: false },
        record: { type: DataTypes.TEXT, allowNull: false },
        expires_at: { type: DataTypes.BIGINT, allowNull: false },
      },
      indexes: [['expires_at']],
    },
  }),
};
