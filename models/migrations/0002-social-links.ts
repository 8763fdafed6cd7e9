// Links between users and identities, and the guard row that every change to them locks.

import { DataTypes } from 'sequelize';
import { type Migration, owned } from './migration.js';

export const socialLinks: Migration = {
  name: '0002-social-links',
  creates(context) {
    const ofUser = context.ownUsers ? owned(context.table('User')) : {};
    return {
      SignInGuard: {
        columns: {
          user_id: { type: context.userId, primaryKey: true, allowNull: false, ...ofUser },
          version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
        },
      },
      SocialLink: {
        columns: {
          id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, allowNull: false },
          user_id: { type: context.userId, allowNull: false, ...ofUser },
          provider: { type: DataTypes.STRING(64), allowNull: false },
          subject: { type: DataTypes.STRING(255), allowNull: false },
          identity_key: { type: DataTypes.CHAR(64), allowNull: false },
          email: { type: DataTypes.STRING(254) },
          name: { type: DataTypes.STRING(255) },
          picture: { type: DataTypes.STRING(2048) },
          linked_at: { type: DataTypes.DATE(3), allowNull: false },
          last_used_at: { type: DataTypes.DATE(3) },
          sign_ins: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
        },
        unique: { identity: ['identity_key'], user_provider: ['user_id', 'provider'] },
      },
    };
  },
};
