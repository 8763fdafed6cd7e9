// Which changes of password and address a session has seen: earlier refresh tokens stay ended even if the former password or address is set
// again.

import { DataTypes } from 'sequelize';
import { addColumn, dropColumn, type Migration } from './migration.js';

export const stateVersions: Migration = {
  name: '0012-state-versions',
  async up(context) {
    await addColumn(context, 'RefreshToken', 'state_version', { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 });
  },
  async down(context) {
    await dropColumn(context, 'RefreshToken', 'state_version');
  },
};
