// An app of somebody else's in this process that starts again, on the same database, with other settings.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Sequelize } from 'sequelize';
import { type Latchkey, type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { silentLogger } from '../../lib/support/logger.js';
import { NO_LIMITS } from './no-limits.js';
import { quickHasher } from './quick-hasher.js';
import { createDatabase, type DatabaseKind } from './services.js';

/** What a start may be told besides what the host gives: plain values, so that equal settings are one process. */
export type Settings = Pick<LatchkeyOptions, 'linkByVerifiedEmail' | 'passwordSignIn' | 'providers' | 'signUp' | 'verifyEmail'>;

/** What a host brings along: its users, its own ways in, and routes of its own behind the plugin's. */
export interface HostSetup {
  readonly options?: Partial<LatchkeyOptions>;
  readonly routes?: (app: Express, keys: Latchkey) => void;
}

export interface RestartableHostOptions {
  readonly database: DatabaseKind;
  /** Asked at each start, with the Sequelize of that process. Default: our own users and no routes. */
  readonly host?: (sequelize: Sequelize) => Promise<HostSetup>;
}

export interface RestartableHost {
  readonly base: string;
  /** Of the process that runs. */
  readonly keys: Latchkey;
  readonly sequelize: Sequelize;
  /** From now on a process with these settings answers: one that ran before, or, `anew`, one that starts now. */
  run(settings: Settings, options?: { readonly anew?: boolean }): Promise<void>;
  close(): Promise<void>;
}

interface Process {
  readonly app: Express;
  readonly keys: Latchkey;
  readonly sequelize: Sequelize;
}

/** Each asks its outbox every second: more than these would be heard. */
const MOST_PROCESSES = 8;

/** A failure of ours on a route of the host's is told by its code. */
const toldByCode: ErrorRequestHandler = (error: { status?: number; code?: string; message: string }, _req, res, _next) => {
  res.status(error.status ?? 400).json({ code: error.code ?? error.message });
};

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP address');
  return `http://127.0.0.1:${address.port}`;
}

export async function openRestartableHost({ database: kind, host }: RestartableHostOptions): Promise<RestartableHost> {
  const database = await createDatabase(kind);
  const processes = new Map<string, Process>();
  let current: Process | undefined;
  const server = createServer((req, res) => running().app(req, res));
  const base = await listening(server);

  function running(): Process {
    if (current === undefined) throw new TypeError('Nothing was started yet');
    return current;
  }

  async function end({ keys, sequelize }: Process): Promise<void> {
    await keys.close();
    await sequelize.close();
  }

  async function start(settings: Settings): Promise<Process> {
    const sequelize = openDatabase(database.url);
    const { options = {}, routes } = (await host?.(sequelize)) ?? {};
    const keys = await latchkey({
      sequelize,
      baseUrl: base,
      secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
      rateLimits: NO_LIMITS,
      logger: silentLogger,
      localAccounts: true,
      passwordHasher: quickHasher,
      ...options,
      ...settings,
    });
    const app = express();
    app.use(keys.router);
    routes?.(app, keys);
    app.use(toldByCode);
    return { app, keys, sequelize };
  }

  return {
    base,
    get keys() {
      return running().keys;
    },
    get sequelize() {
      return running().sequelize;
    },
    async run(settings, { anew = false } = {}) {
      const name = JSON.stringify(settings);
      const before = processes.get(name);
      processes.delete(name);
      if (before !== undefined && anew) await end(before);
      current = before === undefined || anew ? await start(settings) : before;
      processes.set(name, current);
      const [[longestUnused, idle] = []] = processes;
      if (processes.size <= MOST_PROCESSES || longestUnused === undefined || idle === undefined) return;
      processes.delete(longestUnused);
      await end(idle);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      for (const each of processes.values()) await end(each);
      await database.drop();
    },
  };
}
