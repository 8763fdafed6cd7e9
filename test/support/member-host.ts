// A host with members in a table of its own, in every shape such a table may have, and routes that change them under the guard.

import express, { type Express } from 'express';
import {
  DataTypes,
  type Model,
  type ModelAttributes,
  type ModelOptions,
  type ModelStatic,
  type Sequelize,
  type Transaction,
} from 'sequelize';
import type { HostUsers, Latchkey, LatchkeyOptions } from '../../lib/index.js';
import { BrowserClient } from './client.js';
import type { HttpAnswer } from './http-request.js';
import type { HostSetup } from './restartable-host.js';

export type Members = ModelStatic<Model>;

/** What is different about a host's table, and what it says of it. */
export interface MemberShape {
  /** In place of the columns of the same name. */
  readonly columns?: ModelAttributes;
  readonly model?: Partial<ModelOptions>;
  /** Hooks, and whatever else a host does to its model. */
  readonly prepare?: (members: Members) => void;
  /** In place of what the plain host says: attributes that are `undefined` are not mapped. */
  readonly users?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<LatchkeyOptions>;
}

const PLAIN: ModelAttributes = {
  id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
  email: { type: DataTypes.STRING(255), unique: true },
  password: { type: DataTypes.STRING(255) },
  nickname: { type: DataTypes.STRING(255), allowNull: false },
  plan: { type: DataTypes.STRING(20), allowNull: false },
};

function defineMembers(sequelize: Sequelize, { columns, model, prepare }: MemberShape): Members {
  const members = sequelize.define(
    'Member',
    { ...PLAIN, ...columns },
    { tableName: 'members', timestamps: false, indexes: [{ fields: ['email'], name: 'by_address' }], ...model },
  );
  prepare?.(members);
  return members;
}

function mapped(model: Members, users: MemberShape['users']): HostUsers {
  const all = { passwordHash: 'password', nickname: 'nickname', defaults: () => ({ plan: 'free' }), ...users };
  return { model, ...Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) };
}

/** Ways in of the host's own: keys that its own door takes, whatever they are. */
function definePasskeys(sequelize: Sequelize): Members {
  return sequelize.define(
    'Passkey',
    { name: { type: DataTypes.STRING(64), primaryKey: true }, userId: { type: DataTypes.STRING(64), allowNull: false } },
    { tableName: 'passkeys', timestamps: false },
  );
}

interface Signed {
  readonly user: { readonly id: string };
}

const idOf = (req: express.Request) => (req as unknown as Signed).user.id;

/** Every change of the host's own runs under the guard; `members` is absent where the users are ours. */
function hostRoutes(app: Express, keys: Latchkey, { members, passkeys }: { readonly members?: Members; readonly passkeys: Members }): void {
  const guarded =
    (change: (req: express.Request, transaction: Transaction) => Promise<unknown>): express.RequestHandler =>
    (req, res, next) => {
      keys.links
        .guard(idOf(req), (transaction) => change(req, transaction))
        .then(() => res.json({ code: 0 }))
        .catch(next);
    };
  const host = express.Router().use(express.json());
  // The host's own door: whoever shows the key is who it says.
  host.post('/enter', (req, res, next) => {
    passkeys
      .findByPk(req.body.name)
      .then((key) => res.json({ userId: key?.get('userId') ?? null }))
      .catch(next);
  });
  host.use(keys.requireUser as express.RequestHandler);
  host.get('/me', (req, res) => void res.json({ id: idOf(req) }));
  host.post('/unlink', (req, res, next) => {
    keys.links
      .unlink(idOf(req), req.body.provider)
      .then(() => res.json({ code: 0 }))
      .catch(next);
  });
  host.post(
    '/passkeys',
    guarded((req, transaction) => passkeys.create({ name: req.body.name, userId: idOf(req) }, { transaction })),
  );
  host.post(
    '/passkeys/remove',
    guarded((req, transaction) => passkeys.destroy({ transaction, where: { name: req.body.name, userId: idOf(req) } })),
  );
  if (members !== undefined)
    host.post(
      '/member',
      guarded((req, transaction) => members.update(req.body, { transaction, where: { id: idOf(req) } })),
    );
  app.use('/host', host);
}

async function setup(sequelize: Sequelize, shape: MemberShape | undefined): Promise<HostSetup> {
  const members = shape === undefined ? undefined : defineMembers(sequelize, shape);
  const passkeys = definePasskeys(sequelize);
  await members?.sync();
  await passkeys.sync();
  const signInMethods: LatchkeyOptions['signInMethods'] = async (userId, { transaction }) => {
    const rows = await passkeys.findAll({ where: { userId }, transaction: transaction ?? null });
    return rows.map((row) => String(row.get('name')));
  };
  return {
    options: {
      signInMethods,
      // As a host says it whose own proxy signs people in.
      currentUser: (req) => req.get('x-member'),
      ...(members === undefined ? {} : { users: mapped(members, shape?.users) }),
      ...shape?.options,
    },
    routes: (app, keys) => hostRoutes(app, keys, { passkeys, ...(members === undefined ? {} : { members }) }),
  };
}

export const memberHost = (shape: MemberShape) => (sequelize: Sequelize) => setup(sequelize, shape);

/** Our own users in an app that has passkeys of its own. */
export const ownUsersHost = (sequelize: Sequelize) => setup(sequelize, undefined);

/** Writes to the table of the members as the host does, without a word to us. */
export function membersOf(sequelize: Sequelize): Members {
  return sequelize.model('Member');
}

/** The browser of somebody whom the host's own session has signed in. */
export class MemberBrowser extends BrowserClient {
  readonly #id: string;

  constructor(base: string, id: string) {
    super(base);
    this.#id = id;
  }

  override call(method: string, path: string, body?: unknown, options: { headers?: Record<string, string> } = {}): Promise<HttpAnswer> {
    return super.call(method, path, body, { headers: { 'x-member': this.#id, ...options.headers } });
  }
}
