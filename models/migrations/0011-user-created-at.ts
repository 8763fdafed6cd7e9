// When the user of a guard row was made: this shows whether the host has given the id to somebody else.

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
