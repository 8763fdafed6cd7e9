import type { HostUsers } from 'express-latchkey';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of the table that the app has always had. */
export interface Member extends Model {
  readonly memberId: number;
  readonly mail: string | null;
  readonly pwHash: string | null;
  readonly fullName: string;
}

export function defineMembers(sequelize: Sequelize): ModelStatic<Member> {
  return sequelize.define<Member>('Member', {
    memberId: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    mail: { type: DataTypes.STRING(254), unique: true },
    pwHash: DataTypes.STRING,
    fullName: { type: DataTypes.STRING, allowNull: false },
    plan: { type: DataTypes.STRING(20), allowNull: false },
  });
}

/** What the plugin needs to know about this table. */
export const usersOf = (Member: ModelStatic<Member>): HostUsers => ({
  model: Member,
  id: 'memberId',
  email: 'mail',
  passwordHash: 'pwHash',
  nickname: 'fullName',
  createdAt: 'createdAt',
  defaults: () => ({ plan: 'free' }),
});
