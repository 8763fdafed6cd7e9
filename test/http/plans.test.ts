// What each hot call asks of the database, explained by the database itself among 100,000 people: nothing reads or sorts a whole table.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createRemoveForsaken } from '../../lib/accounts/forsaken-sign-ups.js';
import { fileTransport, type Latchkey, latchkey } from '../../lib/index.js';
import { openStorage } from '../../lib/plugin/storage.js';
import { silentLogger } from '../../lib/support/logger.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { listening } from '../support/listening.js';
import { fillWithPeople, MANY } from '../support/many-people.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { growingParts, hasPlan } from '../support/plans.js';
import { quickHasher } from '../support/quick-hasher.js';
import { newFolder } from '../support/run-folder.js';
import { connectRecorded, type SentStatement } from '../support/sent-statements.js';
import { createDatabase, databases, describeOn, type TestDatabase } from '../support/services.js';

describeOn(databases, `Among ${MANY} people`, (kind) => {
  let database: TestDatabase;
  let sequelize: Sequelize;
  let keys: Latchkey;
  let server: Awaited<ReturnType<typeof listening>>;
  let [google, oidc] = [] as unknown as [OpenIdProvider, OpenIdProvider];
  let sent: SentStatement[] = [];

  before(async function () {
    this.timeout(240_000);
    database = await createDatabase(kind);
    [google, oidc] = await Promise.all([startOpenIdProvider(), startOpenIdProvider({ alg: 'ES256' })]);
    sequelize = connectRecorded(kind, database, (statement) => void sent.push(statement));
    await openStorage({ sequelize }).migrate();
    await fillWithPeople(sequelize, kind);
    const app = express();
    server = await listening(app);
    const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
    keys = await latchkey({
      sequelize,
      baseUrl: server.base,
      secret: 'only-for-tests-only-for-tests-only',
      logger: silentLogger,
      localAccounts: true,
      verifyEmail: false,
      passwordHasher: quickHasher,
      mail: { transport: fileTransport(newFolder('mail')), from: 'plans@localhost' },
      providers: { google: clientOf(google), oidc: clientOf(oidc) },
    });
    app.use(keys.router);
    // What is counted beside the requests after a start reads everybody, a slice at a time.
    const counted = async () =>
      (await sequelize.query('SELECT 1 FROM stranded_counts WHERE finished_at IS NOT NULL', { type: QueryTypes.SELECT })).length > 0;
    while (!(await counted())) await pause(100);
  });
  after(async () => {
    await keys?.close();
    await server?.close();
    await sequelize?.close();
    await Promise.all([google?.close(), oidc?.close()]);
    await database?.drop();
  });

  /** By the statement's text, since the values are ours to choose. */
  async function expectNothingGrows(work: () => Promise<unknown>): Promise<void> {
    sent = [];
    await work();
    const asked = new Map(sent.filter(hasPlan).map((statement) => [statement.sql, statement]));
    expect(asked.size, 'statements that have a plan').to.be.above(0);
    const grows: (readonly [string, readonly string[]])[] = [];
    for (const [sql, statement] of asked) {
      const parts = await growingParts(sequelize, kind, statement);
      if (parts.length > 0) grows.push([sql.replace(/^(SELECT) .*? FROM (?!\()/s, '$1 … FROM '), parts]);
    }
    expect(grows).to.deep.equal([]);
  }

  it('somebody signs in for the first time and again, links, is listed, refreshes and unlinks by statements that find their rows', async () => {
    const api = new ApiClient(server.base);
    const [who, other] = [person(), person()];
    await expectNothingGrows(() => api.signIn('oidc', oidc, who));
    await expectNothingGrows(() => api.signIn('oidc', oidc, who));
    await expectNothingGrows(() => api.link('google', google, other));
    await expectNothingGrows(() => api.identities());
    await expectNothingGrows(() => api.refresh());
    await expectNothingGrows(() => api.unlink('google'));
    await expectNothingGrows(() => api.unlink('oidc'));
  }).timeout(60_000);

  it('a browser signs in, is asked who it is, links, unlinks and leaves by statements that find their rows', async () => {
    const browser = new BrowserClient(server.base);
    const who = person();
    await expectNothingGrows(() => browser.signIn('oidc', oidc, who));
    await expectNothingGrows(() => browser.me());
    await expectNothingGrows(() => browser.link('google', google, person()));
    await expectNothingGrows(() => browser.open('/account/connections'));
    await expectNothingGrows(() => browser.submit('/account/connections/google/unlink'));
    await expectNothingGrows(() => browser.submit('/auth/logout'));
  }).timeout(60_000);

  it('a password signs up, in and changes by statements that find their rows', async () => {
    const { email } = person();
    const api = new ApiClient(server.base);
    await expectNothingGrows(() => api.signUp(email, 'correct horse battery staple'));
    await expectNothingGrows(() => api.signInWithPassword(email, 'correct horse battery staple'));
    await expectNothingGrows(() => api.setPassword('another horse, another staple', 'correct horse battery staple'));
  }).timeout(60_000);

  it('mail is claimed and what is over is removed by statements that find their rows', async () => {
    const storage = openStorage({ sequelize, auditRetentionMs: 1 });
    const claim = { by: '00000000-0000-4000-8000-000000000000', leaseMs: 1_000, limit: 8, now: new Date() };
    await expectNothingGrows(() => storage.outbox.mail.claim(claim));
    await expectNothingGrows(() => createRemoveForsaken(storage.addresses)(new Date()));
    await expectNothingGrows(() => storage.purge());
  }).timeout(60_000);
});
