// Provider tokens, encrypted, stored with their link; and an outbox that delivers revocations besides mail.

import { DataTypes } from 'sequelize';
import { addColumn, dropColumn, type Migration } from './migration.js';

export const providerTokens: Migration = {
  name: '0006-provider-tokens',
  async up(context) {
    await addColumn(context, 'SocialLink', 'tokens', { type: DataTypes.TEXT });
    await addColumn(context, 'OutboxMessage', 'kind', { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'mail' });
  },
  async down(context) {
    await dropColumn(context, 'OutboxMessage', 'kind');
    await dropColumn(context, 'SocialLink', 'tokens');
  },
};
