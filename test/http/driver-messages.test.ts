// A message of the database's at the wrong moment ends no process, in a host's own Sequelize either: whoever waits for it gets the 503.

import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { type Options, Sequelize } from 'sequelize';
import { type Latchkey, latchkey } from '../../lib/index.js';
import { silentLogger } from '../../lib/support/logger.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { describeWithOwn, freshDatabase } from '../support/fault-stage.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Listening, listening } from '../support/listening.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { type RudeProxy, startRudeProxy } from '../support/rude-proxy.js';
import { createDatabase, type DatabaseKind, describeOn, services, type TestDatabase } from '../support/services.js';

const GOOGLE_EXT_IDP = createHash('sha256').update('google').digest('hex').slice(0, 24);

const SERVERS = ['mariadb', 'postgres'] as const;

interface Scene {
  readonly database: TestDatabase;
  /** Past the host, with Sequelize's own settings. */
  readonly admin: Sequelize;
  readonly sequelize: Sequelize;
  readonly base: string;
  close(): Promise<void>;
}

const EVERYBODY_FREE = Object.fromEntries(
  ['unlink', 'refresh', 'password', 'prepare', 'finish'].map((name) => [name, { limit: 1_000_000, window: '1h' }]),
);

/** A host with a Sequelize of its own, opened as hosts do. */
async function openScene(
  kind: DatabaseKind,
  google: OpenIdProvider,
  optionsOf: (url: URL) => Options,
  given?: TestDatabase,
): Promise<Scene> {
  const database = given ?? (await createDatabase(kind));
  const dialect = kind === 'mariadb' ? 'mysql' : 'postgres';
  const admin = new Sequelize(database.url, { dialect, logging: false });
  const sequelize = new Sequelize({ dialect, logging: false, ...optionsOf(new URL(database.url)) });
  const app = express();
  const server: Listening = await listening(app);
  const { issuer, clientId, clientSecret } = google;
  const keys: Latchkey = await latchkey({
    ...{ sequelize, baseUrl: server.base, secret: 'a-secret-for-tests-that-is-long-enough-0123456789' },
    ...{ localAccounts: true, passwordHasher: quickHasher, rateLimits: EVERYBODY_FREE, logger: silentLogger },
    providers: { google: { issuer, clientId, clientSecret } },
  });
  app.use(keys.router);
  return {
    database,
    admin,
    sequelize,
    base: server.base,
    async close() {
      await keys.close();
      await server.close();
      await Promise.all([sequelize.close(), admin.close()]);
      await database.drop();
    },
  };
}

const at = ({ hostname, port, pathname, username }: URL, otherPort?: number) => ({
  host: hostname,
  port: otherPort ?? Number(port),
  username,
  database: pathname.slice(1),
});

/** Connections that are over may be in the pool for a moment longer: somebody signs in within 5 s. */
async function healed(base: string, google: OpenIdProvider): Promise<void> {
  const until = Date.now() + 5_000;
  for (;;) {
    const failure = await new ApiClient(base).signIn('google', google, person()).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return;
    expect(String(failure)).to.contain('50001');
    if (Date.now() > until) throw new Error('It does not heal', { cause: failure });
    await pause(50);
  }
}

/** What each dialect and the pages say of a storage out of reach. */
async function answersOf(base: string, client: ApiClient, browser: BrowserClient): Promise<readonly (readonly [string, HttpAnswer])[]> {
  return [
    ['prepare', await client.prepare('google')],
    ['unlink', await client.unlink('google')],
    ['unlink in BIO.RE', await client.bioreUnlink('google')],
    ['unlink in GenAuth', await client.genauthUnlink(GOOGLE_EXT_IDP)],
    ['refresh', await client.refresh()],
    ['sign up', await new ApiClient(base).signUp(person().email, 'a-password')],
    ['begin in a browser', await browser.call('GET', '/auth/google', undefined, { headers: { 'sec-fetch-site': 'same-origin' } })],
    ['unlink on the page', await browser.submit('/account/connections/google/unlink')],
  ];
}

const POOLS: Readonly<Record<string, (url: URL, port: number) => Options>> = {
  'a pool': (url, port) => ({ ...at(url, port), pool: { max: 4, idle: 1, evict: 1 } }),
  'replicas, too': (url, port) => ({
    pool: { max: 4, idle: 1, evict: 1 },
    replication: { write: at(url, port), read: [at(url, port)] },
  }),
};

for (const kind of SERVERS) {
  for (const [what, optionsOf] of Object.entries(POOLS)) {
    describeOn([kind], `A database that ends connections as they begin, with ${what},`, () => {
      let google: OpenIdProvider;
      let proxy: RudeProxy;
      let scene: Scene;

      before(async function () {
        this.timeout(60_000);
        google = await startOpenIdProvider({ alg: 'ES256' });
        proxy = await startRudeProxy(kind, Number(new URL(await services[kind].url()).port));
        scene = await openScene(kind, google, (url) => optionsOf(url, proxy.port));
      });
      after(async () => {
        await scene?.close();
        await proxy?.close();
        await google.close();
      });

      for (const rudeness of ['ready', 'first statement'] as const) {
        it(`(${rudeness}) is a 503 everywhere, and serves again when it is over`, async () => {
          const client = await new ApiClient(scene.base).signIn('google', google, person());
          const browser = new BrowserClient(scene.base);
          await browser.signIn('google', google, person());
          await pause(50);
          const before = proxy.ended();
          proxy.rudeness = rudeness;
          // What was open stays open, and is no subject here.
          await scene.admin.query(
            kind === 'mariadb'
              ? 'SELECT 1'
              : 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
          );
          await pause(100);
          try {
            for (let round = 0; round < 3; round += 1) {
              for (const [name, answer] of await answersOf(scene.base, client, browser)) {
                expect(answer.status, `${name}: ${answer.text.slice(0, 200)}`).to.equal(503);
              }
            }
          } finally {
            proxy.rudeness = 'nothing';
          }
          expect(proxy.ended() - before).to.be.above(5);
          await healed(scene.base, google);
          expect((await client.setting()).json?.code).to.equal(0);
        }).timeout(60_000);
      }
    });
  }
}

describeOn(['postgres'], 'Connections that an operator ends in a loop', (kind) => {
  it('end no process, and nobody gets anything but success or the 503', async () => {
    const google = await startOpenIdProvider({ alg: 'ES256' });
    const scene = await openScene(kind, google, (url) => ({ ...at(url), pool: { max: 5 } }));
    let isOver = false;
    const ending = (async () => {
      while (!isOver) {
        await scene.admin.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
      }
    })();
    const seen = new Set<unknown>();
    const until = Date.now() + 3_000;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (Date.now() < until) {
          const { status, json } = await new ApiClient(scene.base).prepare('google');
          seen.add(`${status} ${json?.code}`);
        }
      }),
    );
    isOver = true;
    await ending;
    try {
      expect([...seen].filter((each) => !['200 0', '503 50001'].includes(String(each)))).to.deep.equal([]);
      await healed(scene.base, google);
    } finally {
      await scene.close();
      await google.close();
    }
  }).timeout(60_000);
});

/** A person with two ways in, so that nothing but the database stands against an unlink. */
async function twoWays(base: string, google: OpenIdProvider) {
  const who = person();
  const client = await new ApiClient(base).signIn('google', google, who);
  expect((await client.setPassword('a-long-password')).json?.code).to.equal(0);
  await client.signIn('google', google, who);
  const browser = new BrowserClient(base);
  await browser.signIn('google', google, who);
  return { client, browser };
}

async function readOnlyTest(scene: Scene, google: OpenIdProvider, turn: (state: 'on' | 'off') => Promise<unknown>): Promise<void> {
  const { client, browser } = await twoWays(scene.base, google);
  await turn('on');
  const answers = await answersOf(scene.base, client, browser);
  await turn('off');
  for (const [call, answer] of answers) expect(answer.status, `${call}: ${answer.text.slice(0, 200)}`).to.equal(503);
  expect((await client.unlink('google')).json?.code, 'well again').to.equal(0);
}

describeOn(['postgres'], 'A database that is read-only for a while', (kind) => {
  it('is a 503 in every dialect, and serves again when it is over', async () => {
    const google = await startOpenIdProvider({ alg: 'ES256' });
    const scene = await openScene(kind, google, (url) => ({ ...at(url), pool: { max: 4, idle: 1, evict: 1 } }));
    const name = new URL(scene.database.url).pathname.slice(1);
    try {
      await readOnlyTest(scene, google, async (state) => {
        await scene.admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${state}`);
        await pause(100); // What was idle is closed.
      });
    } finally {
      await scene.close();
      await google.close();
    }
  }).timeout(60_000);
});

describeWithOwn('mariadb', 'A database that is read-only for a while', (service) => {
  it('is a 503 in every dialect, and serves again when it is over', async () => {
    const google = await startOpenIdProvider({ alg: 'ES256' });
    const database = { url: await freshDatabase(service), drop: async () => undefined };
    const root = new Sequelize(database.url, { dialect: 'mysql', logging: false });
    // Whoever may set it is not bound by it.
    await root.query("CREATE USER 'app'@'127.0.0.1'");
    await root.query("GRANT ALL ON *.* TO 'app'@'127.0.0.1'");
    await root.query("REVOKE SUPER, READ_ONLY ADMIN ON *.* FROM 'app'@'127.0.0.1'");
    const scene = await openScene('mariadb', google, (url) => ({ ...at(url), username: 'app' }), database);
    try {
      await readOnlyTest(scene, google, (state) => root.query(`SET GLOBAL read_only = ${state === 'on' ? 1 : 0}`));
    } finally {
      await Promise.all([scene.close(), root.close(), google.close()]);
    }
  }).timeout(60_000);
});
