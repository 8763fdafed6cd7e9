// How far the count of users without a way in has got, and how many were found: once for all processes of one configuration.

import { DataTypes } from 'sequelize';
import type { Migration } from './migration.js';

export const strandedCounts: Migration = {
  name: '0024-stranded-counts',
  creates: () => ({
    StrandedCount: {
      columns: {
        digest: { type: DataTypes.CHAR(64), primaryKey: true, allowNull: false },
        counted_to: { type: DataTypes.STRING(255) },
        stranded: { type: DataTypes.BIGINT, allowNull: false, defaultValue: 0 },
        locked_by: { type: DataTypes.CHAR(36) },
        locked_until: { type: DataTypes.BIGINT },
        finished_at: { type: DataTypes.BIGINT },
      },
    },
  }),
};
