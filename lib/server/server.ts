// The standalone server: a host of the plugin with a database and a demo provider, which uses only the public interface.

import { once } from 'node:events';
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import express, { type Express } from 'express';
import type { Redis } from 'ioredis';
import type Pino from 'pino';
import type { DestinationStream } from 'pino';
import type { Sequelize } from 'sequelize';
import type { PasswordHasher } from '../accounts/password-hasher.js';
import { fileTransport, type Latchkey, type LatchkeySettings, type Logger, latchkey, smtpTransport } from '../index.js';
import { optionalPackage } from '../support/optional-package.js';
import { awaitDatabase } from './await-database.js';
import { openDatabase } from './database.js';
import { type DemoProvider, startDemoProvider } from './demo/demo-provider.js';
import { demoIcon } from './demo/icons.js';
import { createDrain } from './drain.js';
import { addressUrl, type ServerConfig } from './environment.js';
import { HEALTH_PATHS, healthRouter } from './health.js';
import { ownFolder } from './owner-only.js';

/** How long a client may take to send a request, in milliseconds; a request that is not whole in time is answered 408, and its connection closed. */
const REQUEST_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 250,
} as const satisfies ServerOptions;

/** How long the start waits for Redis, in milliseconds. */
const REDIS_WAIT_MS = 1_500;

/** What only code can give, and no variable or file can change. */
export interface ServerParts {
  /** Takes the lines of the log. Default: standard output. */
  readonly log?: DestinationStream;
  /** How passwords are made and checked. Default Argon2id. */
  readonly passwordHasher?: PasswordHasher;
  /** How long a connection that was just answered is kept at the end, for what is on its way; milliseconds. Default 1500. */
  readonly lingerMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /** Stops accepting, lets requests under way finish, and those on their way on open connections, then closes everything. */
  close(): Promise<void>;
}

function listen(server: Server, { host, port }: ServerConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Whatever port the demo has this time, its people are the same ones. */
const DEMO = 'https://demo.latchkey.invalid';

/** The demo stands in for three providers at once, so that linking and unlinking can be tried. */
function demoProviders({ issuer, origin, clientId, clientSecret }: DemoProvider): NonNullable<LatchkeySettings['providers']> {
  const client = { clientId, clientSecret, subjectsOf: DEMO };
  return {
    logto: { endpoint: origin, ...client, displayName: 'Demo Logto', icon: demoIcon('L', '#6d3fc0') },
    oidc: { issuer, ...client, displayName: 'Demo OpenID Connect', icon: demoIcon('O', '#b4550f') },
    google: { issuer, ...client, displayName: 'Demo Google', icon: demoIcon('G', '#1b6f4a') },
  };
}

/** On, unless the file says otherwise: nobody else's paths are here. */
function openApiOf({ openApi = true }: LatchkeySettings): NonNullable<LatchkeySettings['openApi']> {
  const paths = typeof openApi === 'object' ? openApi.paths : {};
  return openApi === false ? false : { paths: { ...HEALTH_PATHS, ...paths } };
}

function makeApp({ trustProxy }: ServerConfig, sequelize: Sequelize, redis: Redis | undefined, keys: Latchkey): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', trustProxy);
  app.use(healthRouter(sequelize, redis));
  app.use(keys.router);
  app.use((_req, res) => {
    res.status(404).json({ error: 'not found' });
  });
  const failed: express.ErrorRequestHandler = (error: { readonly status?: unknown }, _req, res, _next) => {
    const { status } = error;
    if (!res.headersSent) res.status(typeof status === 'number' && status >= 400 && status < 500 ? status : 500);
    res.end();
  };
  app.use(failed);
  return app;
}

/** While the database is not there yet: the process lives, and is not ready. */
function waitingApp(redis: Redis | undefined): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(healthRouter(undefined, redis));
  app.use((_req, res) => {
    res
      .status(503)
      .set({ 'Cache-Control': 'no-store', 'Retry-After': '1' })
      .json({ status: 'unavailable', failing: ['database'] });
  });
  return app;
}

/** Its client is loaded where it is used: a start should not wait for what it does without. */
async function openRedis(url: string | undefined, logger: Logger): Promise<Redis | undefined> {
  if (url === undefined) return undefined;
  const { connectRedis } = await import('./connect-redis-client.js');
  return connectRedis(url, logger);
}

/** @throws ConfigurationError, or what the database says at start */
export async function startServer(config: ServerConfig, { log, passwordHasher, lingerMs }: ServerParts = {}): Promise<RunningServer> {
  const { pino } = optionalPackage<typeof Pino>('pino', "The standalone server's log", '10');
  const logger = pino({ level: config.logLevel }, log);
  let serve: (app: Express) => void = () => undefined;
  const ready = new Promise<Express>((resolve) => {
    serve = resolve;
  });
  let meanwhile: Express | undefined;
  const server = createHttpServer(REQUEST_LIMITS, (req, res) => {
    if (meanwhile === undefined) void ready.then((app) => app(req, res));
    else meanwhile(req, res);
  });
  const drain = createDrain(server, lingerMs);
  const port = await listen(server, config);
  const baseUrl = config.baseUrl ?? addressUrl(config.host, port);

  const useDemo = config.settings.providers.size === 0 && !config.production;
  const demo = useDemo
    ? await startDemoProvider({
        host: '127.0.0.1',
        port: 0,
        redirectUris: ['0', '2', 'google'].map((n) => `${baseUrl}/callback/openid/${n}`),
        logger,
      })
    : undefined;
  const settings = config.settingsWith({ baseUrl, ...(demo === undefined ? {} : { providers: demoProviders(demo) }) });

  ownFolder(config.dataDir);
  const redis = await openRedis(config.redisUrl, logger);
  // Commands fail until the connection is ready; a Redis that is down must not keep the server from starting.
  if (redis !== undefined) await Promise.race([once(redis, 'ready'), pause(REDIS_WAIT_MS)]).catch(() => undefined);
  const transport = config.smtpUrl === undefined ? fileTransport(join(config.dataDir, 'mail')) : smtpTransport(config.smtpUrl);
  const { sequelize, begun: keys } = await awaitDatabase({
    open: () => openDatabase(config.databaseUrl),
    begin: (database) =>
      latchkey({
        ...settings,
        openApi: openApiOf(settings),
        sequelize: database,
        ...(redis === undefined ? {} : { redis }),
        mail: { transport, from: config.mailFrom },
        logger,
        localAccounts: true,
        ...(passwordHasher === undefined ? {} : { passwordHasher }),
        paths: { startPage: '/' },
      }),
    logger,
    onAway: () => {
      meanwhile = waitingApp(redis);
    },
  });
  serve(makeApp(config, sequelize, redis, keys));
  meanwhile = undefined;

  return {
    url: addressUrl(config.host, port),
    async close() {
      await drain.end();
      await keys.close();
      transport.close();
      await Promise.all([demo?.close(), sequelize.close(), redis?.quit().catch(() => redis.disconnect())]);
    },
  };
}
