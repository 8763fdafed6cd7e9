// What most HTTP suites play on: three providers, a fresh database, and one or more servers on it.

import { QueryTypes, type Sequelize } from 'sequelize';
import { openDatabase } from '../../lib/server/database.js';
import { ApiClient, BrowserClient } from './client.js';
import { createMigratedSqlite } from './migrated-sqlite.js';
import { NO_LIMITS } from './no-limits.js';
import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.js';
import { type Server, type ServerOptions, startProcess, startServer } from './server.js';
import { createDatabase, type DatabaseKind, forgetCounts, redisUrl } from './services.js';

export interface StageOptions {
  readonly database: DatabaseKind;
  /** Share a Redis. Default false. */
  readonly redis?: boolean;
  /** Serve from so many processes of their own, where they are the subject. Default: one server in the test's process. */
  readonly processes?: number;
  /** Merged over the stage's configuration; providers are merged by id. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export type StageProvider = 'logto' | 'oidc' | 'google';

export interface Stage {
  readonly providers: Readonly<Record<StageProvider, OpenIdProvider>>;
  readonly servers: readonly Server[];
  readonly databaseUrl: string;
  /** Reads the stage's database. */
  query<T extends object>(sql: string, replacements?: Record<string, unknown>): Promise<T[]>;
  /** A client of the n-th server, not signed in. */
  client(server?: number): ApiClient;
  browser(server?: number): BrowserClient;
  /** Another server on the same database, configured anew, of the same kind as the first; stopped with the stage. */
  start(config?: Readonly<Record<string, unknown>>, env?: Readonly<Record<string, string>>): Promise<Server>;
  close(): Promise<void>;
}

type Config = Readonly<Record<string, unknown>>;

export async function openStage({ database: kind, redis = false, processes, config = {}, env = {} }: StageOptions): Promise<Stage> {
  const [logto, oidc, google] = await Promise.all([
    // Each signs as the real one does; only Google's key, an RSA key, takes long to make.
    startOpenIdProvider({ pathPrefix: '/oidc', alg: 'ES384' }),
    startOpenIdProvider({ alg: 'ES256' }),
    startOpenIdProvider(),
  ]);
  const providers = { logto, oidc, google };
  const database = await (kind === 'sqlite' ? createMigratedSqlite() : createDatabase(kind));
  if (redis) await forgetCounts();
  const servers: Server[] = [];
  let reader: Sequelize | undefined;

  const clientOf = ({ clientId, clientSecret }: OpenIdProvider) => ({ clientId, clientSecret });
  const configured: Config = {
    logto: { endpoint: logto.origin, ...clientOf(logto) },
    oidc: { issuer: oidc.issuer, ...clientOf(oidc) },
    google: { issuer: google.issuer, ...clientOf(google) },
  };

  function settings(more: Config): Config {
    const given = (more.providers ?? {}) as Readonly<Record<string, object>>;
    const merged = Object.fromEntries(Object.entries(given).map(([id, provider]) => [id, { ...(configured[id] as object), ...provider }]));
    // Most suites sign people up in one call; those whose subject is the proof of an address say so.
    return { appName: 'BIO.RE', rateLimits: NO_LIMITS, verifyEmail: false, ...more, providers: { ...configured, ...merged } };
  }

  async function start(more: Config = config, variables: Readonly<Record<string, string>> = env): Promise<Server> {
    const options: ServerOptions = {
      databaseUrl: database.url,
      config: settings(more),
      env: { LOG_LEVEL: 'warn', ...variables },
      ...(redis ? { redisUrl: await redisUrl() } : {}),
    };
    const server = await (processes === undefined ? startServer(options) : startProcess(options));
    servers.push(server);
    return server;
  }

  const serverAt = (index: number): Server => {
    const server = servers[index];
    if (server === undefined) throw new RangeError(`The stage has ${servers.length} server(s)`);
    return server;
  };

  await Promise.all(Array.from({ length: processes ?? 1 }, () => start()));
  return {
    providers,
    servers,
    databaseUrl: database.url,
    async query<T extends object>(sql: string, replacements: Record<string, unknown> = {}) {
      reader ??= openDatabase(database.url);
      return await reader.query<T>(sql, { type: QueryTypes.SELECT, replacements });
    },
    client: (index = 0) => new ApiClient(serverAt(index).base),
    browser: (index = 0) => new BrowserClient(serverAt(index).base),
    start,
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
      await reader?.close();
      await Promise.all(Object.values(providers).map((provider) => provider.close()));
      await database.drop();
    },
  };
}
