// What the fault suites stop, freeze and kill: servers of their own, so that no other suite notices.

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../../lib/server/database.js';
import { ApiClient, BrowserClient } from './client.js';
import { NO_LIMITS } from './no-limits.js';
import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.js';
import { newFolder } from './run-folder.js';
import type { Server } from './server.js';
import { launchServer } from './server-process.js';
import { mariadb, postgres, redis, type ServerRecipe } from './server-recipes.js';
import type { ServerOptions } from './server-setting.js';
import { Service } from './service.js';
import { describeWith, type ServerKind } from './services.js';

const recipes: Readonly<Record<ServerKind, ServerRecipe>> = { mariadb, postgres, redis };

/** A suite with a server of its own; `TEST_OWN_…_URL` is never set, so it is always started here. */
export function describeWithOwn(kind: ServerKind, title: string, suite: (service: Service) => void): void {
  const service = new Service(kind, recipes[kind], `TEST_OWN_${kind.toUpperCase()}_URL`);
  describeWith(service, `${title} [${kind}]`, () => {
    before(async function () {
      this.timeout(40_000);
      await service.url();
    });
    suite(service);
    after(() => service.end());
  });
}

/** The URL of a fresh, empty database on the given server. */
export async function freshDatabase(service: Service): Promise<string> {
  const name = `latchkey_${randomBytes(6).toString('hex')}`;
  const url = await service.url();
  const admin = openDatabase(service.name === 'postgres' ? `${url}/postgres` : `${url}/mysql`);
  await admin.query(`CREATE DATABASE ${name}`).finally(() => admin.close());
  return `${url}/${name}`;
}

const START_MS = 40_000;

export interface FaultStage {
  readonly google: OpenIdProvider;
  readonly oidc: OpenIdProvider;
  /** Starts a process; stopped with the stage. Every one has the same data folder and configuration. */
  start(options?: ServerOptions): Promise<Server>;
  /** What every process is started with. */
  readonly options: ServerOptions;
  /** Its configuration, but for the providers. */
  readonly settings: object;
  close(): Promise<void>;
}

/** More patient than `startServer`: several start at once here, or wait for one another. */
async function untilServing(server: Server): Promise<void> {
  const deadline = Date.now() + START_MS;
  const ended = server.exit.then(() => true);
  while (!server.output().includes('listening on http://')) {
    const over = await Promise.race([ended, pause(50, false)]);
    if (over || Date.now() > deadline) throw new Error(`The server does not serve: ${server.output().slice(-2000)}`);
  }
}

/** Two providers, and processes on the given database and Redis; default: a SQLite file. `more` are further settings. */
export async function openFaultStage(urls: Pick<ServerOptions, 'databaseUrl' | 'redisUrl'> = {}, more: object = {}): Promise<FaultStage> {
  const [google, oidc] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
  const servers: Server[] = [];
  const clientOf = ({ issuer, clientId, clientSecret }: OpenIdProvider) => ({ issuer, clientId, clientSecret });
  const settings = { appName: 'BIO.RE', verifyEmail: false, rateLimits: NO_LIMITS, ...more };
  const common: ServerOptions = {
    dataDir: newFolder('faults'),
    config: { ...settings, providers: { google: clientOf(google), oidc: clientOf(oidc) } },
    env: { LOG_LEVEL: 'warn' },
    ...urls,
  };
  return {
    google,
    oidc,
    options: common,
    settings,
    async start(options = {}) {
      const server = await launchServer({ ...common, ...options });
      servers.push(server);
      await untilServing(server);
      return server;
    },
    async close() {
      await Promise.all(servers.map((server) => server.stop('SIGKILL')));
      await Promise.all([google.close(), oidc.close()]);
    },
  };
}

export const PASSWORD = 'a long enough passphrase';

export type FaultUser = ApiClient & {
  readonly email: string /** The cookies of a browser that is signed in, too. */;
  readonly cookie: string;
  /** Of their account at Google, a new one each time. */
  idToken(): Promise<string>;
};

/** Somebody with a password and a link to Google, signed in by password, and in a browser by Google. */
export async function linkedUser({ google }: FaultStage, base: string): Promise<FaultUser> {
  const email = `${randomBytes(6).toString('hex')}@example.test`;
  const client = new ApiClient(base);
  await client.signUp(email, PASSWORD);
  await client.signInWithPassword(email, PASSWORD);
  await client.link('google', google, { sub: email });
  const browser = new BrowserClient(base);
  await browser.signIn('google', google, { sub: email });
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return Object.assign(client, { email, cookie, idToken: () => google.idToken({ sub: email, jti: randomUUID() }) });
}
