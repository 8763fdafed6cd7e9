// Invitations to sign up: the hash of each token, who may use it, and until when.

import { DataTypes } from 'sequelize';
import type { Migration } from './migration.js';

export const signUpInvitations: Migration = {
  name: '0017-sign-up-invitations',
  creates: () => ({
    Invitation: {
      columns: {
        token_hash: { type: DataTypes.CHAR(64), primaryKey: true, allowNull: false },
        email: { type: DataTypes.STRING(254) },
        expires_at: { type: DataTypes.BIGINT, allowNull: false },
      },
      indexes: [['expires_at']],
    },
  }),
};
