// How a test configures the standalone server: by environment variables and a file, as an operator does.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from './run-folder.js';

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

export interface ServerSetting {
  readonly dataDir: string;
  /** Where `LATCHKEY_CONFIG` points, if there is a configuration. */
  readonly configFile: string;
  /** Nothing of the developer's own, which may name real databases. */
  readonly env: Readonly<Record<string, string>>;
}

/** `PORT` 0: any free one, and the public origin follows from it. */
export function settingOf(options: ServerOptions, port: number): ServerSetting {
  const dataDir = options.dataDir ?? newFolder('data');
  const configFile = join(newFolder('config'), 'latchkey.json');
  if (options.config !== undefined) writeFileSync(configFile, JSON.stringify(options.config));
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
    DATABASE_URL: options.databaseUrl ?? `sqlite:${join(dataDir, 'latchkey.sqlite')}`,
    LATCHKEY_SECRET: TEST_SECRET,
    ...(options.config === undefined ? {} : { LATCHKEY_CONFIG: configFile }),
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
    ...options.env,
  };
  return { dataDir, configFile, env };
}
