// A host with members of its own on a Sequelize opened with whatever options; everything a person does there at least once.

import { expect } from 'chai';
import express from 'express';
import { DataTypes, type Model, type ModelStatic, type Options, Sequelize } from 'sequelize';
import { type Latchkey, type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { silentLogger } from '../../lib/support/logger.js';
import { sqliteDriver } from '../../models/sqlite-driver.js';
import { ApiClient, BrowserClient } from './client.js';
import { listening } from './listening.js';
import type { OpenIdProvider } from './openid-provider.js';
import { PASSWORD } from './passwords.js';
import { person } from './person.js';
import { quickHasher } from './quick-hasher.js';
import type { DatabaseKind, TestDatabase } from './services.js';

export interface OptionHost {
  readonly base: string;
  readonly keys: Latchkey;
  readonly sequelize: Sequelize;
  readonly members: ModelStatic<Model>;
  close(): Promise<void>;
}

export interface OptionHostSetup {
  readonly kind: DatabaseKind;
  readonly database: TestDatabase;
  readonly google: OpenIdProvider;
  readonly oidc: OpenIdProvider;
  readonly options?: Options;
  readonly plugin?: Partial<LatchkeyOptions>;
}

export function connectAs(kind: DatabaseKind, { url }: TestDatabase, options: Options = {}): Sequelize {
  if (kind === 'sqlite') {
    const storage = url.slice('sqlite:'.length);
    return new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false, ...options });
  }
  return new Sequelize(url, { dialect: kind === 'mariadb' ? 'mysql' : 'postgres', logging: false, ...options });
}

export async function openOptionHost({ kind, database, google, oidc, options, plugin }: OptionHostSetup): Promise<OptionHost> {
  const sequelize = connectAs(kind, database, options);
  const members: ModelStatic<Model> = sequelize.define(
    'Member',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      email: { type: DataTypes.STRING(200), unique: 'one_member_each' },
      passwordHash: DataTypes.STRING(200),
      nickName: { type: DataTypes.STRING(60), allowNull: false },
      isProven: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      memberPlan: { type: DataTypes.STRING(20), allowNull: false },
    },
    { tableName: 'members' },
  );
  await members.sync();
  const app = express();
  const server = await listening(app);
  const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
  const free = { limit: 1_000_000, window: '1h' };
  try {
    const keys = await latchkey({
      ...{ sequelize, baseUrl: server.base, secret: 'a-secret-for-tests-that-is-long-enough-0123456789', localAccounts: true },
      users: {
        model: members,
        passwordHash: 'passwordHash',
        nickname: 'nickName',
        emailVerified: 'isProven',
        hasPassword: (row) => row.get('passwordHash') !== null && row.get('passwordHash') !== undefined,
        defaults: ({ nickname }) => ({ memberPlan: `plan of ${nickname}`.slice(0, 20) }),
      },
      providers: { google: clientOf(google), oidc: clientOf(oidc) },
      passwordHasher: quickHasher,
      rateLimits: { unlink: free, refresh: free, password: free, prepare: free, finish: free },
      logger: silentLogger,
      ...plugin,
    });
    app.use(keys.router);
    return {
      base: server.base,
      keys,
      sequelize,
      members,
      async close() {
        await keys.close();
        await server.close();
        await sequelize.close();
      },
    };
  } catch (error) {
    await server.close();
    await sequelize.close();
    throw error;
  }
}

/** In, linked, out of one, in by the other, kept as the last way in; a password, a cookie, a sign-out, a member of the host's. */
export async function liveThere({ base, members }: OptionHost, { google, oidc }: Pick<OptionHostSetup, 'google' | 'oidc'>) {
  const [one, two] = [person(), person()];
  const client = await new ApiClient(base).signIn('google', google, one);
  expect(await client.linked()).to.deep.equal(['google']);
  await client.link('oidc', oidc, two);
  expect(await client.linked()).to.have.members(['google', 2]);
  expect((await client.refresh()).json?.code).to.equal(0);
  expect((await client.unlink('google')).json?.code).to.equal(0);
  expect((await client.unlink('oidc')).json?.code, 'the only way in').to.equal(40084);
  const again = await new ApiClient(base).signIn('oidc', oidc, two);
  expect(again.user?.id).to.equal(client.user?.id);
  expect((await again.setPassword(PASSWORD)).json?.code).to.equal(0);
  expect((await again.unlink('oidc')).json?.code, 'a password is a way in').to.equal(0);
  const byPassword = await new ApiClient(base).signInWithPassword(one.email, PASSWORD);
  expect(byPassword.user?.id).to.equal(client.user?.id);
  expect((await byPassword.removePassword(PASSWORD)).json?.code, 'the last one stays').to.equal(40084);
  await byPassword.link('google', google, one);
  expect((await byPassword.removePassword(PASSWORD)).json?.code).to.equal(0);
  const refused = await new ApiClient(base).call('POST', '/session/token', { email: one.email, password: PASSWORD });
  expect(refused.json?.code, 'a password that is gone').to.equal(40080);
  const browser = new BrowserClient(base);
  await browser.signIn('google', google, person());
  expect((await browser.me()).json?.user?.email).to.be.a('string');
  await browser.call('POST', '/auth/logout');
  expect((await browser.me()).status).to.equal(401);
  const newcomer = await new ApiClient(base).signUp(person().email, PASSWORD);
  expect(newcomer.json?.code, newcomer.text).to.equal(0);
  const taken = await new ApiClient(base).signUp(one.email, PASSWORD);
  expect(taken.json?.code, taken.text).to.equal(40032);
  expect(await members.count()).to.be.at.least(3);
}
