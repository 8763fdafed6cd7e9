// Tokens of providers, encrypted, with their link; and an outbox that carries revocations besides mail.

import { DataTypes } from 'sequelize';
import { addColumn, type Migration } from './migration.js';

export const providerTokens: Migration = {
  name: '0006-provider-tokens',
  async up(context) {
    await addColumn(context, 'SocialLink', 'tokens', { type: DataTypes.TEXT });
    await addColumn(context, 'OutboxMessage', 'kind', { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'mail' });
  },
  async down({ queryInterface, transaction, table }) {
    await queryInterface.removeColumn(table('OutboxMessage'), 'kind', { transaction });
    await queryInterface.removeColumn(table('SocialLink'), 'tokens', { transaction });
  },
};
