// An Express app of somebody else's in this process, with members of its own, that took in the plugin.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelAttributes,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import { type HostUsers, type Latchkey, type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { silentLogger } from '../../lib/support/logger.js';
import { BrowserClient } from './client.js';
import { FREE } from './no-limits.js';
import type { OpenIdProvider } from './openid-provider.js';
import { PASSWORD_HASH } from './passwords.js';
import { person } from './person.js';
import { quickHasher } from './quick-hasher.js';
import { createDatabase, type DatabaseKind } from './services.js';

export class Member extends Model<InferAttributes<Member>, InferCreationAttributes<Member>> {
  declare id: CreationOptional<number>;
  declare email: string | null;
  declare passwordHash: string | null;
  declare nickname: string;
  declare plan: string;
}

export type Members = ModelStatic<Member>;
export type HostProviders = Readonly<Record<'oidc' | 'google', OpenIdProvider>>;

export interface HostParts {
  readonly Members: Members;
  readonly keys: Latchkey;
}

export interface TestHostOptions {
  readonly providers: HostProviders;
  /** Default SQLite. */
  readonly database?: DatabaseKind;
  readonly plugin?: Partial<LatchkeyOptions>;
  /** Definitions in place of, or besides, those of `Member`. */
  readonly attributes?: ModelAttributes;
  /** Sequelize's own options of the model. */
  readonly modelOptions?: object;
  /** Merged over the mapping of the members. */
  readonly users?: Partial<HostUsers>;
  /** Sees the connection before anything is done on it. */
  readonly opened?: (sequelize: Sequelize) => void;
  /** Sees the members before the plugin does. */
  readonly defined?: (members: Members) => unknown;
  /** What the app calls itself in its address. Default 127.0.0.1, where the providers are: `localhost` is another site. */
  readonly hostname?: 'localhost';
  /** Default: a free one. */
  readonly port?: number;
  /** Stands before the plugin. */
  readonly before?: (app: Express, parts: HostParts) => void;
  /** How the app takes the plugin in. Default `app.use(keys.router)`. */
  readonly mount?: (app: Express, parts: HostParts) => void;
  /** Stands behind the plugin, before the host's own 404. */
  readonly behind?: (app: Express, parts: HostParts) => void;
}

export interface TestHost extends HostParts {
  readonly base: string;
  readonly sequelize: Sequelize;
  browser(): BrowserClient;
  /** The id of somebody who has a password here, or none, and nothing linked. */
  newMember(passwordHash?: string | null): Promise<number>;
  linked(id: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

const NO_LIMITS = { unlink: FREE, refresh: FREE, password: FREE, prepare: FREE, finish: FREE };

async function memberModel(sequelize: Sequelize, { attributes, modelOptions, defined }: TestHostOptions): Promise<Members> {
  const model = class extends Member {};
  model.init(
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      email: { type: DataTypes.STRING(254), unique: true },
      passwordHash: { type: DataTypes.STRING(255) },
      nickname: { type: DataTypes.STRING(255), allowNull: false },
      plan: { type: DataTypes.STRING(20), allowNull: false },
      ...attributes,
    },
    { sequelize, modelName: 'Member', tableName: 'members', timestamps: false, ...modelOptions },
  );
  await model.sync();
  await defined?.(model);
  return model;
}

const ownFailure: ErrorRequestHandler = (error: { status?: number; message: string }, _req, res, _next) => {
  res.status(error.status ?? 500).json({ oops: error.message });
};

async function listening(server: Server, { hostname, port = 0 }: Pick<TestHostOptions, 'hostname' | 'port'>): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return `http://${hostname ?? '127.0.0.1'}:${address.port}`;
}

/** Closes by itself when the plugin does not start. */
export async function openTestHost(options: TestHostOptions): Promise<TestHost> {
  const database = await createDatabase(options.database ?? 'sqlite');
  const sequelize = openDatabase(database.url);
  options.opened?.(sequelize);
  const server = createServer();
  const base = await listening(server, options);
  async function closeAll(): Promise<void> {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await sequelize.close();
    await database.drop();
  }
  try {
    const Members = await memberModel(sequelize, options);
    const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
    const { oidc, google } = options.providers;
    const keys = await latchkey({
      sequelize,
      baseUrl: base,
      secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
      appName: 'The Club',
      logger: silentLogger,
      passwordHasher: quickHasher,
      rateLimits: NO_LIMITS,
      users: { model: Members, passwordHash: 'passwordHash', nickname: 'nickname', defaults: () => ({ plan: 'free' }), ...options.users },
      ...options.plugin,
      providers: { oidc: clientOf(oidc), google: clientOf(google), ...options.plugin?.providers },
    });
    const parts = { Members, keys };
    const app = express();
    options.before?.(app, parts);
    if (options.mount === undefined) app.use(keys.router);
    else options.mount(app, parts);
    options.behind?.(app, parts);
    app.use((_req, res) => void res.status(404).send('Nothing here'));
    app.use(ownFailure);
    server.on('request', app);
    return {
      ...parts,
      base,
      sequelize,
      browser: () => new BrowserClient(base),
      newMember: async (passwordHash = PASSWORD_HASH) =>
        (await Members.create({ email: person('member').email, passwordHash, nickname: 'Ann', plan: 'gold' })).id,
      linked: async (id) => (await keys.links.list(id)).map(({ provider }) => provider),
      async close() {
        await keys.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
