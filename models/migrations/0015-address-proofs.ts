// Mailed links that prove an address or set a password: the hash of each token, and what it may be used for.

import { DataTypes } from 'sequelize';
import { type Migration, owned } from './migration.js';

export const addressProofs: Migration = {
  name: '0015-address-proofs',
  creates: (context) => ({
    AddressProof: {
      columns: {
        slot: { type: DataTypes.CHAR(64), primaryKey: true, allowNull: false },
        purpose: { type: DataTypes.STRING(10), allowNull: false },
        token_hash: { type: DataTypes.CHAR(64), allowNull: false },
        user_id: { type: context.userId, allowNull: false, ...(context.ownUsers ? owned(context.table('User')) : {}) },
        address: { type: DataTypes.STRING(254), allowNull: false },
        asks_password: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
        expires_at: { type: DataTypes.BIGINT, allowNull: false },
      },
      unique: { token: ['token_hash'] },
      indexes: [['user_id'], ['expires_at']],
    },
  }),
};
