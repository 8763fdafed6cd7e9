// What decides whether a stored way in still works: stored beside it, where sign-in and the guard read it.

import { DataTypes } from 'sequelize';
import { addColumn, dropColumn, type Migration } from './migration.js';

export const signInMethods: Migration = {
  name: '0008-sign-in-methods',
  async up(context) {
    await addColumn(context, 'SignInGuard', 'no_password', { type: DataTypes.CHAR(64) });
  },
  async down(context) {
    await dropColumn(context, 'SignInGuard', 'no_password');
  },
};
