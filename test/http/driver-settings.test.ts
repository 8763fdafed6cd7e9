// Times do not move with how the host has set its driver, its Sequelize or its process: what is stale stays so, and what is fresh.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { DataTypes, QueryTypes, Sequelize } from 'sequelize';
import { type Latchkey, latchkey, type Mail, migrateSchema } from '../../lib/index.js';
import { openStorage } from '../../lib/plugin/storage.js';
import { silentLogger } from '../../lib/support/logger.js';
import { sqliteDriver } from '../../models/sqlite-driver.js';
import { age } from '../support/aging.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { OTHER_HASH, PASSWORD, PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { createDatabase, type DatabaseKind, describeOn, type TestDatabase } from '../support/services.js';

const MINUTE_MS = 60_000;
const REFUSED = 40020;
/** The outbox is looked into once a second. */
const LOOKS_AGAIN_MS = 1_500;
const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

const STRINGS = { dateStrings: true, typeCast: true };

/** Options of Sequelize that hosts have, by what they do. */
const SETTINGS: Readonly<Record<DatabaseKind, Readonly<Record<string, object>>>> = {
  mariadb: {
    'dates as texts, eight hours east': { timezone: '+08:00', dialectOptions: STRINGS },
    'dates as texts, five hours west': { timezone: '-05:00', dialectOptions: STRINGS },
    'dates as texts, by Sequelize': { timezone: '+08:00', dialectOptions: { dateStrings: true } },
    'a zone by its name, of which the server knows nothing': {
      ...{ timezone: 'Asia/Shanghai', keepDefaultTimezone: true },
      dialectOptions: { ...STRINGS, timezone: '+00:00' },
    },
    "large numbers as texts, and a zone of the driver's own": {
      timezone: '+08:00',
      dialectOptions: { supportBigNumbers: true, bigNumberStrings: true, typeCast: true, timezone: 'Z' },
    },
    'a driver that converts nothing': { dialectOptions: { typeCast: false } },
  },
  postgres: { 'eight hours east': { timezone: '+08:00' } },
  sqlite: { 'nothing set': {} },
};

function connect(kind: DatabaseKind, { url }: TestDatabase, options: object): Sequelize {
  const dialect = kind === 'mariadb' ? 'mysql' : kind;
  if (kind === 'sqlite')
    return new Sequelize({ dialect, dialectModule: sqliteDriver, storage: url.slice('sqlite:'.length), logging: false, ...options });
  return new Sequelize(url, { dialect, logging: false, ...options });
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return `http://127.0.0.1:${address.port}`;
}

let google: OpenIdProvider;
let oidc: OpenIdProvider;
const ZONE = process.env.TZ;

function suite(kind: DatabaseKind, options: object): void {
  let database: TestDatabase;
  let sequelize: Sequelize;
  /** Reads and writes beside the host, with no settings at all. */
  let plain: Sequelize;
  let server: Server;
  let keys: Latchkey;
  let base: string;
  const sent: Mail[] = [];
  let mailIsDown = false;

  before(async function () {
    this.timeout(MINUTE_MS);
    process.env.TZ = 'Asia/Kolkata';
    [google, oidc] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
    database = await createDatabase(kind);
    plain = connect(kind, database, {});
    await openStorage({ sequelize: plain }).migrate();
    sequelize = connect(kind, database, options);
    server = createServer();
    base = await listening(server);
    const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
    const send = async (mail: Mail) => {
      if (mailIsDown) throw new Error('the mail server is down');
      sent.push(mail);
    };
    keys = await latchkey({
      ...{ sequelize, baseUrl: base, secret: 'a-secret-for-tests-that-is-long-enough-0123456789', migrate: false },
      providers: { google: clientOf(google), oidc: clientOf(oidc) },
      reauthenticateWithin: '10m',
      sessions: { idleTtl: '30m', absoluteTtl: '8h' },
      localAccounts: true,
      logger: silentLogger,
      mail: { transport: { send, close() {} }, from: 'club@example.test' },
    });
    server.on('request', express().use(keys.router));
  });

  after(async () => {
    if (ZONE === undefined) delete process.env.TZ;
    else process.env.TZ = ZONE;
    await keys?.close();
    server.closeAllConnections();
    server.close();
    await Promise.all([sequelize.close(), plain.close(), google.close(), oidc.close()]);
    await database.drop();
  });

  const signedIn = (who = person()) => new ApiClient(base).signIn('google', google, who);
  const run = (sql: string, replacements: object = {}) => plain.query(sql, { type: QueryTypes.UPDATE, replacements: { ...replacements } });

  it('what is shown is the right time', async () => {
    const client = await signedIn();
    const { json } = await client.setting();
    const [link] = Object.values(json?.data?.links ?? {});
    const [activity] = Object.values(json?.data?.login_activity ?? {});
    for (const shown of [link?.linked_at, activity?.created_at, client.user?.created_at]) {
      expect(Date.parse(String(shown)), String(shown)).to.be.closeTo(Date.now(), MINUTE_MS);
    }
  });

  it('a fresh sign-in is fresh, and a stale one stale', async () => {
    const client = await signedIn();
    const link = () => client.prepare('oidc', { linking: true });
    expect(codeOf(await link())).to.equal(0);
    await age(plain, 'refresh_tokens.authenticated_at', 9 * MINUTE_MS);
    expect(codeOf(await link()), 'nine minutes').to.equal(0);
    await age(plain, 'refresh_tokens.authenticated_at', 2 * MINUTE_MS);
    expect(codeOf(await link()), 'eleven minutes').to.equal(403);
  });

  it('a used refresh token gets the same answer for 10 s, and ends its family after that', async () => {
    const client = await signedIn();
    const [first, again] = [await client.refresh(), await client.refresh()];
    expect([codeOf(first), codeOf(again)]).to.deep.equal([0, 0]);
    expect(again.json?.data).to.deep.equal(first.json?.data);
    await age(plain, 'refresh_tokens.rotated_at', 11_000);
    expect(codeOf(await client.refresh())).to.equal(REFUSED);
    expect(codeOf(await client.refresh(String(first.json?.data?.refresh_token)))).to.equal(REFUSED);
  });

  it('a session is over at its last moment, and a browser that is idle before', async () => {
    const [browser, client] = [new BrowserClient(base), await signedIn()];
    const signIn = () => browser.signIn('google', google, person());
    const lives = async () => [(await browser.me()).status, codeOf(await client.setting())];
    await signIn();
    expect(await lives()).to.deep.equal([200, 0]);
    await age(plain, 'refresh_tokens.last_seen_at', 29 * MINUTE_MS);
    expect(await lives(), 'a while').to.deep.equal([200, 0]);
    await age(plain, 'refresh_tokens.last_seen_at', 31 * MINUTE_MS);
    expect(await lives(), 'idle').to.deep.equal([401, 0]);
    await signIn();
    await age(plain, 'refresh_tokens.expires_at', 7 * 60 * MINUTE_MS);
    expect(await lives(), 'seven hours').to.deep.equal([200, 0]);
    await age(plain, 'refresh_tokens.expires_at', 180 * 24 * 60 * MINUTE_MS);
    expect(await lives(), 'half a year').to.deep.equal([401, 401]);
  });

  it('what has ended stays so', async () => {
    const client = await signedIn();
    await client.call('DELETE', '/session/token', { refresh_token: client.refreshToken });
    expect(codeOf(await client.setting())).to.equal(401);
    const [{ revoked_at } = { revoked_at: undefined }] = await plain.query<{ revoked_at: unknown }>(
      'SELECT revoked_at FROM refresh_tokens WHERE revoked_at IS NOT NULL ORDER BY revoked_at DESC LIMIT 1',
      { type: QueryTypes.SELECT },
    );
    expect(Number(revoked_at)).to.be.closeTo(Date.now(), MINUTE_MS);
  });

  it('mail goes when it is due, and not while another process holds it', async () => {
    const [held, waiting, before] = [await signedIn(), await signedIn(), sent.length];
    const count = () => sent.length - before;
    const unsent = () =>
      plain.query<{ attempts: number; next_attempt_at: unknown; last_error: unknown }>(
        'SELECT attempts, next_attempt_at, last_error FROM outbox_messages WHERE sent_at IS NULL ORDER BY next_attempt_at',
        { type: QueryTypes.SELECT },
      );
    const attempts = async () => (await unsent()).map((row) => Number(row.attempts));
    /** Each was tried so often, and what became of it is written down. */
    const haveFailed = (times: string) => async () => {
      const rows = await unsent();
      return String(rows.map((row) => Number(row.attempts))) === times && rows.every(({ last_error }) => last_error !== null);
    };
    const settles = async (done: () => Promise<boolean>) => {
      const until = Date.now() + 10_000;
      while (!(await done()) && Date.now() < until) await pause(50);
    };
    mailIsDown = true;
    await held.link('oidc', oidc, person());
    await settles(haveFailed('1'));
    await run('UPDATE outbox_messages SET locked_until = :until', { until: Date.now() + MINUTE_MS });
    await age(plain, 'outbox_messages.next_attempt_at', MINUTE_MS);
    await waiting.link('oidc', oidc, person());
    await settles(haveFailed('1,1'));
    mailIsDown = false;
    await pause(LOOKS_AGAIN_MS);
    expect([await attempts(), count()], 'one is held, one failed and waits').to.deep.equal([[1, 1], 0]);
    const [due, later] = (await unsent()).map((row) => Number(row.next_attempt_at) - Date.now());
    expect(due).to.be.below(0);
    expect(later).to.be.within(1, 10_000);

    const isLeft = (n: number) => async () => (await unsent()).length === n;
    await run('UPDATE outbox_messages SET locked_until = :until WHERE next_attempt_at < :until AND sent_at IS NULL', {
      until: Date.now() - 1,
    });
    await settles(isLeft(1));
    expect([count(), await attempts()], 'the lease is over').to.deep.equal([1, [1]]);
    await age(plain, 'outbox_messages.next_attempt_at', MINUTE_MS);
    await settles(isLeft(0));
    expect([count(), await attempts()], 'it is due').to.deep.equal([2, []]);
  }).timeout(MINUTE_MS);

  it('what is over is removed, and nothing else', async () => {
    const [over, alive] = [await signedIn(), await signedIn()];
    const idOf = async ({ user }: ApiClient) => {
      const [row] = await plain.query<{ id: number }>('SELECT id FROM users WHERE email = :email', {
        ...{ type: QueryTypes.SELECT, replacements: { email: user?.email } },
      });
      return row?.id;
    };
    await run('UPDATE refresh_tokens SET expires_at = :at WHERE user_id = :id', { at: Date.now() - 1, id: await idOf(over) });
    await openStorage({ sequelize }).purge();
    const left = await plain.query<{ user_id: number }>('SELECT user_id FROM refresh_tokens', { type: QueryTypes.SELECT });
    const ids = left.map(({ user_id }) => user_id);
    expect(ids)
      .to.include(await idOf(alive))
      .and.not.to.include(await idOf(over));
  });
}

interface Field {
  readonly type: string;
  string(): string | null;
}

/** What a host may have mysql2 do with a value, besides what the settings above say. */
const CONVERSIONS = {
  nothing: false,
  'what a function of the host says': (field: Field, next: () => unknown) =>
    ['LONG', 'LONGLONG', 'TINY', 'DATETIME'].includes(field.type) ? field.string() : next(),
} as const;

/** A number may have become a text on its way. */
const asTexts = (row: object | undefined) => Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, String(value)]));

describeOn(['mariadb'], 'Where the driver converts', (kind) => {
  const columns = {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    email: DataTypes.STRING(200),
    password: DataTypes.STRING(200),
    isProven: { type: DataTypes.BOOLEAN, defaultValue: true },
    size: DataTypes.DOUBLE,
    shown: { type: DataTypes.VIRTUAL, get: () => 'never stored' },
  };
  const define = (sequelize: Sequelize) => sequelize.define('Member', columns, { tableName: 'members', paranoid: true, underscored: true });

  for (const [what, typeCast] of Object.entries(CONVERSIONS)) {
    it(`${what}, members come, link and go as anywhere, and the host finds its own rows`, async () => {
      const [database, provider, server] = [await createDatabase(kind), await startOpenIdProvider(), createServer()];
      const [usual, sequelize] = [connect(kind, database, {}), connect(kind, database, { dialectOptions: { typeCast } })];
      const base = await listening(server);
      const { issuer, clientId, clientSecret } = provider;
      const options = { baseUrl: base, secret: 'a-secret-for-tests-that-is-long-enough-0123456789', localAccounts: true, migrate: false };
      const model = define(usual);
      await model.sync();
      await migrateSchema({ sequelize: usual, users: { model } });
      await model.create({ email: 'ann@example.test', password: PASSWORD_HASH, size: 1.5 });
      const seen: unknown[] = [];
      const hasPassword = (row: { toJSON(): object }) => seen.push(asTexts(row.toJSON())) > 0;
      const Members = define(sequelize);
      const users = {
        model: Members,
        passwordHash: 'password',
        emailVerified: 'isProven',
        hasPassword,
        defaults: () => ({ password: OTHER_HASH }),
      };
      const keys = await latchkey({ ...options, sequelize, users, providers: { google: { issuer, clientId, clientSecret } } });
      server.on('request', express().use(keys.router));
      try {
        const client = await new ApiClient(base).signInWithPassword('ann@example.test', PASSWORD);
        const who = person();
        await client.link('google', provider, who);
        expect(client.user?.id).to.equal((await new ApiClient(base).signIn('google', provider, who)).user?.id);
        expect(codeOf(await client.unlink('google'))).to.equal(0);
        expect(codeOf(await client.setting())).to.equal(0);
        const newcomer = await new ApiClient(base).signIn('google', provider, person());
        expect(codeOf(await newcomer.unlink('google')), 'the only way in').to.equal(40084);
        expect(seen[0]).to.deep.equal(asTexts((await Members.findByPk(1))?.toJSON()));
      } finally {
        await keys.close();
        server.closeAllConnections();
        server.close();
        await Promise.all([sequelize.close(), usual.close(), provider.close()]);
        await database.drop();
      }
    }).timeout(MINUTE_MS);
  }
});

for (const kind of ['sqlite', 'mariadb', 'postgres'] as const) {
  for (const [what, options] of Object.entries(SETTINGS[kind])) {
    describeOn([kind], `With ${what}, in a process in Kolkata,`, () => suite(kind, options));
  }
}
