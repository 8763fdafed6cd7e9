// The standalone server as a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compiledCli } from './compiled.js';
import { freePort } from './free-port.js';
import { endWithRun, newFolder } from './run-folder.js';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;

/** At least 32 characters, the same in every process, so that several can serve together. */
export const TEST_SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';

export interface ServerOptions {
  /** Default: a SQLite file in the data folder. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** The content of `LATCHKEY_CONFIG`; default: no such file. */
  readonly config?: unknown;
  /** Wins over every other variable. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: a new folder; give one to start again on the same data. */
  readonly dataDir?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Server {
  readonly base: string;
  readonly port: number;
  readonly dataDir: string;
  /** Where `LATCHKEY_CONFIG` pointed, if there was a configuration. */
  readonly configFile: string;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Settles when the process has ended. */
  readonly exit: Promise<Exit>;
  /** Signals the process (default SIGTERM) and waits for its end, at most 10 s before SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/** Starts the process without waiting for it to serve, as a test of wrong configuration wants. */
export async function launchServer(options: ServerOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? newFolder('data');
  const base = `http://127.0.0.1:${port}`;
  const configFile = join(newFolder('config'), 'latchkey.json');
  if (options.config !== undefined) writeFileSync(configFile, JSON.stringify(options.config));
  // Nothing of the developer's own environment, which may name real databases.
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [await compiledCli(), 'serve'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      HOST: '127.0.0.1',
      PORT: String(port),
      BASE_URL: base,
      DATA_DIR: dataDir,
      DATABASE_URL: options.databaseUrl ?? `sqlite:${join(dataDir, 'latchkey.sqlite')}`,
      LATCHKEY_SECRET: TEST_SECRET,
      ...(options.config === undefined ? {} : { LATCHKEY_CONFIG: configFile }),
      ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      ...options.env,
    },
  });
  endWithRun(child, 'SIGKILL');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // `close`, not `exit`: the last words are read by then.
  const exit = once(child, 'close').then((): Exit => ({ code: child.exitCode, signal: child.signalCode }));
  await once(child, 'spawn');
  if (child.pid === undefined) throw new TypeError('A process that was spawned has an id');
  return {
    base,
    port,
    dataDir,
    configFile,
    pid: child.pid,
    output: () => output,
    exit,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const patience = new AbortController();
      void setTimeout(STOP_TIMEOUT_MS, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => undefined,
      );
      return await exit.finally(() => patience.abort());
    },
  };
}

/**
 * Starts the process and waits until it says that it serves.
 * @throws Error with what it printed, if it ends or says nothing for 15 s.
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await launchServer(options);
  let ended: Exit | undefined;
  void server.exit.then((exit) => {
    ended = exit;
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!server.output().includes('listening on http://')) {
    if (ended !== undefined || Date.now() > deadline) {
      await server.stop('SIGKILL');
      const why = ended === undefined ? 'says nothing' : `ended with ${ended.code ?? ended.signal}`;
      throw new Error(`The server ${why}: ${server.output().slice(-2000)}`);
    }
    await setTimeout(20);
  }
  return server;
}
