// The product's tables as models on the host's own Sequelize.

import type { DataType, Model, ModelStatic, Sequelize } from 'sequelize';
import { attributesOf, type ModelName, tableName } from './tables.js';

// biome-ignore lint/suspicious/noExplicitAny: Sequelize's own default for the attributes of an untyped model
export type Row = Model<any, any>;
export type Table = ModelStatic<Row>;

export interface Models extends Readonly<Record<Exclude<ModelName, 'User' | 'Group'>, Table>> {
  /** Absent when the host brings its own users. */
  readonly User: Table | undefined;
  readonly Group: Table | undefined;
}

export interface DefineOptions {
  readonly sequelize: Sequelize;
  readonly tablePrefix: string;
  /** The type of the column that users are found by, the host's or ours: our foreign ids take the same one. */
  readonly userId: DataType;
  readonly ownUsers: boolean;
}

/** Whatever the host's `define` says for its own models, but for the schema. */
const NOTHING_ELSE = { timestamps: false, paranoid: false, version: false, underscored: false, omitNull: false } as const;

function plain(model: Table): Table {
  const { options } = model as unknown as { readonly options: { hooks?: object; defaultScope?: object; validate?: object } };
  Object.assign(options, { hooks: {}, defaultScope: {}, validate: {} });
  Object.assign(model, { _scope: {} });
  return model;
}

export function defineModels({ sequelize, tablePrefix, userId, ownUsers }: DefineOptions): Models {
  const attributes = attributesOf(userId);
  const define = (name: ModelName): Table =>
    plain(sequelize.define(`Latchkey${name}`, attributes[name], { tableName: tableName(name, tablePrefix), ...NOTHING_ELSE }));
  return {
    User: ownUsers ? define('User') : undefined,
    Group: ownUsers ? define('Group') : undefined,
    SignInGuard: define('SignInGuard'),
    SocialLink: define('SocialLink'),
    RefreshToken: define('RefreshToken'),
    AuditEvent: define('AuditEvent'),
    OutboxMessage: define('OutboxMessage'),
    Flow: define('Flow'),
    CookieSession: define('CookieSession'),
    AddressProof: define('AddressProof'),
    Invitation: define('Invitation'),
    LinkOrigin: define('LinkOrigin'),
    StrandedCount: define('StrandedCount'),
  };
}
