// Families of refresh tokens: one row per family. Those opened through a link are removed with it.

import { DataTypes } from 'sequelize';
import { type Migration, owned } from './migration.js';

const DATE = DataTypes.DATE(3);

export const refreshTokens: Migration = {
  name: '0003-refresh-tokens',
  creates: (context) => ({
    RefreshToken: {
      columns: {
        id: { type: DataTypes.CHAR(36), primaryKey: true, allowNull: false },
        user_id: { type: context.userId, allowNull: false, ...(context.ownUsers ? owned(context.table('User')) : {}) },
        link_id: { type: DataTypes.INTEGER, ...owned(context.table('SocialLink')) },
        generation: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
        rotated_at: { type: DATE, allowNull: false },
        created_at: { type: DATE, allowNull: false },
        expires_at: { type: DATE, allowNull: false },
        revoked_at: { type: DATE },
      },
      indexes: [['user_id'], ['link_id'], ['expires_at']],
    },
  }),
};
