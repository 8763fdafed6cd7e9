// When the user of a guard row was made: an id that the host gives to somebody else is told by that.

import { DataTypes } from 'sequelize';
import { addColumn, dropColumn, type Migration } from './migration.js';

export const userCreatedAt: Migration = {
  name: '0011-user-created-at',
  async up(context) {
    await addColumn(context, 'SignInGuard', 'user_created_at', { type: DataTypes.BIGINT });
  },
  async down(context) {
    await dropColumn(context, 'SignInGuard', 'user_created_at');
  },
};
