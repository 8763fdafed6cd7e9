// A host that reads from replicas: they may be behind, here for ever and by everything, and nothing of ours asks them.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { DataTypes, Sequelize } from 'sequelize';
import { type Latchkey, latchkey, type Mail } from '../../lib/index.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { listening } from '../support/listening.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { PASSWORD, PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { createDatabase, describeOn, type TestDatabase } from '../support/services.js';

describeOn(['mariadb', 'postgres'], 'Beside a replica that knows of nothing', (kind) => {
  let google: OpenIdProvider;
  let oidc: OpenIdProvider;
  let databases: readonly TestDatabase[];
  let sequelize: Sequelize;
  let keys: Latchkey;
  let close: () => Promise<void>;
  let base: string;
  const mails: Mail[] = [];

  before(async function () {
    this.timeout(60_000);
    [google, oidc] = await Promise.all([startOpenIdProvider(), startOpenIdProvider({ alg: 'ES256' })]);
    databases = await Promise.all([createDatabase(kind), createDatabase(kind)]);
    const [write, read] = databases.map(({ url }) => {
      const { hostname: host, port, pathname, username } = new URL(url);
      return { host, port, username, database: pathname.slice(1) };
    });
    if (write === undefined || read === undefined) throw new TypeError('There are two databases');
    const dialect = kind === 'mariadb' ? 'mysql' : 'postgres';
    sequelize = new Sequelize({ dialect, logging: false, replication: { write, read: [read] } });
    const Member = sequelize.define(
      'Member',
      {
        email: { type: DataTypes.STRING(200), unique: true },
        password: DataTypes.STRING(200),
        nickname: { type: DataTypes.STRING(200), allowNull: false },
      },
      { tableName: 'members' },
    );
    await Member.sync();
    const app = express();
    ({ base, close } = await listening(app));
    const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
    const send = async (mail: Mail) => void mails.push(mail);
    keys = await latchkey({
      ...{ sequelize, baseUrl: base, secret: 'a-secret-for-tests-that-is-long-enough-0123456789', localAccounts: true },
      users: { model: Member, passwordHash: 'password', nickname: 'nickname', hasPassword: () => true },
      providers: { google: clientOf(google), oidc: clientOf(oidc) },
      passwordHasher: quickHasher,
      mail: { transport: { send, close() {} }, from: 'club@example.test' },
    });
    app.use(keys.router);
    await Member.create({ email: 'ann@example.test', password: PASSWORD_HASH, nickname: 'Ann' });
  });
  after(async () => {
    await keys?.close();
    await close?.();
    await Promise.all([sequelize?.close(), google.close(), oidc.close()]);
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('a person comes in, links, is listed, unlinks and comes in again', async () => {
    const [one, two] = [person(), person()];
    const client = await new ApiClient(base).signIn('google', google, one);
    await client.link('oidc', oidc, two);
    expect(await client.linked()).to.deep.equal([2, 'google']);
    expect((await client.refresh()).json?.code).to.equal(0);
    expect((await client.unlink('google')).json?.code).to.equal(0);
    expect((await client.unlink('oidc')).json?.code).to.equal(40084);
    const again = await new ApiClient(base).signIn('oidc', oidc, two);
    expect(again.user?.id).to.equal(client.user?.id);
    const until = Date.now() + 10_000;
    while (mails.length < 2 && Date.now() < until) await pause(50);
    expect(mails.length, 'mails of the link and of the unlink').to.equal(2);
  });

  it("a member of the host's comes in by the password that is stored", async () => {
    expect((await new ApiClient(base).signInWithPassword('ann@example.test', PASSWORD)).user?.email).to.equal('ann@example.test');
  });

  it('a cookie signs in, and is nothing once it has signed out', async () => {
    const browser = new BrowserClient(base);
    await browser.signIn('google', google, person());
    expect((await browser.me()).status).to.equal(200);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    await browser.call('POST', '/auth/logout', undefined, { headers: { 'sec-fetch-site': 'same-origin' } });
    const stolen = await new ApiClient(base).call('GET', '/auth/me', undefined, { headers: { cookie } });
    expect(stolen.status).to.equal(401);
  });

  it('somebody whose first sign-ins come at once is one member', async () => {
    const who = person();
    const signIns = await Promise.all(Array.from({ length: 6 }, () => new ApiClient(base).signIn('google', google, who)));
    expect(new Set(signIns.map(({ user }) => user?.id)).size).to.equal(1);
  });
});
