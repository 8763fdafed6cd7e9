// Users and their groups, where the host has none of its own.

import { DataTypes } from 'sequelize';
import type { Migration } from './migration.js';

const DATE = DataTypes.DATE(3);

/** Cloudreve's two default groups: the permission is a base64 boolset. */
const GROUPS = [
  { id: 1, name: 'Admin', permission: '/RoB', direct_link_batch_size: 1000, trash_retention: 604800 },
  { id: 2, name: 'User', permission: 'hAg=', direct_link_batch_size: 10, trash_retention: 604800 },
];

export const users: Migration = {
  name: '0001-users',
  creates({ ownUsers, table }) {
    if (!ownUsers) return {};
    return {
      Group: {
        columns: {
          id: { type: DataTypes.INTEGER, primaryKey: true, allowNull: false },
          name: { type: DataTypes.STRING(100), allowNull: false },
          permission: { type: DataTypes.STRING(100), allowNull: false },
          direct_link_batch_size: { type: DataTypes.INTEGER, allowNull: false },
          trash_retention: { type: DataTypes.INTEGER, allowNull: false },
        },
      },
      User: {
        columns: {
          id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, allowNull: false },
          email: { type: DataTypes.STRING(254) },
          email_key: { type: DataTypes.CHAR(64) },
          email_verified: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
          nickname: { type: DataTypes.STRING(255), allowNull: false },
          password_hash: { type: DataTypes.STRING(255) },
          status: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
          group_id: { type: DataTypes.INTEGER, allowNull: false, references: { model: table('Group'), key: 'id' } },
          avatar: { type: DataTypes.STRING(20), allowNull: false, defaultValue: '' },
          preferred_theme: { type: DataTypes.STRING(20), allowNull: false, defaultValue: '' },
          language: { type: DataTypes.STRING(35), allowNull: false, defaultValue: '' },
          credit: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
          created_at: { type: DATE, allowNull: false },
          updated_at: { type: DATE, allowNull: false },
        },
        unique: { email: ['email_key'] },
      },
    };
  },
  async up({ ownUsers, queryInterface, transaction, table }) {
    if (ownUsers) await queryInterface.bulkInsert(table('Group'), GROUPS, { transaction, ignoreDuplicates: true } as object);
  },
};
