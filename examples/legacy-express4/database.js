// The app's database: its own Sequelize, and its own table of members with names of its own.

const { sqliteDriver } = require('express-latchkey');
const { DataTypes, Sequelize } = require('sequelize');

function openDatabase(file) {
  const sequelize = new Sequelize({ dialect: 'sqlite', storage: file, dialectModule: sqliteDriver, logging: false });
  const Member = sequelize.define(
    'Member',
    {
      memberId: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, field: 'member_id' },
      mail: { type: DataTypes.STRING(254), unique: true },
      pwHash: { type: DataTypes.STRING(255), field: 'pw_hash' },
      fullName: { type: DataTypes.STRING(255), allowNull: false, field: 'full_name' },
      plan: { type: DataTypes.STRING(20), allowNull: false },
      joinedAt: { type: DataTypes.DATE, allowNull: false, defaultValue: DataTypes.NOW, field: 'joined_at' },
    },
    { tableName: 'users', timestamps: false },
  );
  return { sequelize, Member };
}

module.exports = { openDatabase };
