// Audit rows, and mail that waits to be sent. Audit rows outlive their user.

import { DataTypes } from 'sequelize';
import type { Migration } from './migration.js';

const DATE = DataTypes.DATE(3);

export const journal: Migration = {
  name: '0004-journal',
  creates: (context) => ({
    AuditEvent: {
      columns: {
        id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, allowNull: false },
        event: { type: DataTypes.STRING(64), allowNull: false },
        user_id: { type: context.userId },
        provider: { type: DataTypes.STRING(64) },
        ip: { type: DataTypes.STRING(64) },
        user_agent: { type: DataTypes.STRING(255) },
        correlation_id: { type: DataTypes.CHAR(36) },
        detail: { type: DataTypes.TEXT },
        created_at: { type: DATE, allowNull: false },
      },
      indexes: [['user_id', 'created_at']],
    },
    OutboxMessage: {
      columns: {
        id: { type: DataTypes.CHAR(36), primaryKey: true, allowNull: false },
        message: { type: DataTypes.TEXT, allowNull: false },
        attempts: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
        last_error: { type: DataTypes.STRING(255) },
        created_at: { type: DATE, allowNull: false },
        next_attempt_at: { type: DATE, allowNull: false },
        locked_by: { type: DataTypes.CHAR(36) },
        locked_until: { type: DATE },
        sent_at: { type: DATE },
      },
      indexes: [['sent_at', 'next_attempt_at']],
    },
  }),
};
