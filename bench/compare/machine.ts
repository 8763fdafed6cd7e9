// Where it was measured: figures of one machine say nothing of another's.

import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { serverVersions } from './databases.js';
import type { DatabaseName } from './options.js';
import { BENCH, PROJECT } from './programs.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Of the last minute, before the first round: what else was going on. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

function versionOf(name: string): string {
  for (const folder of [BENCH, PROJECT]) {
    try {
      return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
    } catch {
      // In the other one.
    }
  }
  return '?';
}

const LIBRARIES = ['better-auth', 'better-sqlite3', 'express', 'mysql2', 'pg', 'ioredis', 'sequelize', '@appthreat/sqlite3'];

export async function describeMachine(databases: readonly DatabaseName[]): Promise<Machine> {
  const [first] = cpus();
  return {
    cpu: first?.model ?? '?',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    versions: {
      node: process.version,
      ...(await serverVersions(databases)),
      ...Object.fromEntries(LIBRARIES.map((name) => [name, versionOf(name)])),
    },
  };
}
