// How MariaDB, PostgreSQL and Redis are made and started for a test run: fast, private, forgetful.

import { execFile } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import { findProgram } from './find-program.js';

const run = promisify(execFile);

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Whom to run as, where it must not be root. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface ServerRecipe {
  readonly programs: readonly string[];
  /** Ends the server and all its children at once; what was committed survives. */
  readonly endSignal: NodeJS.Signals;
  /** Makes the data in an empty folder. */
  prepare(folder: string): Promise<void>;
  command(folder: string, port: number): ServerCommand;
  url(port: number): string;
  /** Throws unless the server answers. */
  ping(url: string): Promise<void>;
}

/** `findProgram` for a program that was seen to be there. */
function program(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`${name} is not on this machine`);
  return found;
}

/** Of its own: a server that starts removes every temporary table of the folder, also those of one that is at work. */
const mariadbTmp = (folder: string) => `--tmpdir=${folder}`;

export const mariadb: ServerRecipe = {
  programs: ['mariadb-install-db', 'mariadbd'],
  endSignal: 'SIGKILL',
  async prepare(folder) {
    const options = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve', '--innodb-log-file-size=16M'];
    const where = [`--datadir=${join(folder, 'data')}`, mariadbTmp(folder), `--user=${userInfo().username}`];
    await run(program('mariadb-install-db'), ['--no-defaults', ...where, ...options]);
  },
  command: (folder, port) => ({
    program: program('mariadbd'),
    args: [
      '--no-defaults',
      `--user=${userInfo().username}`,
      `--datadir=${join(folder, 'data')}`,
      mariadbTmp(folder),
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--skip-name-resolve',
      '--max-connections=500',
      '--character-set-server=utf8mb4',
      '--performance-schema=OFF',
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=16M',
      // Written at each commit but not synced: as fast as 0, and what was committed outlives a killed server.
      '--innodb-flush-log-at-trx-commit=2',
      '--innodb-doublewrite=OFF',
    ],
  }),
  url: (port) => `mysql://root@127.0.0.1:${port}`,
  async ping(url) {
    const connection = await mysql.createConnection({ uri: url, connectTimeout: 1000 });
    await connection.end();
  },
};

/** PostgreSQL refuses to run as root; its Debian package brings a user of this name. */
function postgresOwner(): { readonly uid: number; readonly gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  if (uid === undefined || gid === undefined) throw new Error('root needs a user named postgres to run PostgreSQL as');
  return { uid: Number(uid), gid: Number(gid) };
}

export const postgres: ServerRecipe = {
  programs: ['initdb', 'postgres'],
  endSignal: 'SIGQUIT', // SIGKILL would leave its shared memory behind.
  async prepare(folder) {
    const owner = postgresOwner();
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    const options = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(program('initdb'), ['-D', join(folder, 'data'), ...options], { cwd: folder, ...owner });
  },
  command(folder, port) {
    const owner = postgresOwner();
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=500',
      'shared_buffers=64MB',
      'fsync=off',
      'full_page_writes=off',
    ];
    return {
      program: program('postgres'),
      args: ['-D', join(folder, 'data'), '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      ...(owner === undefined ? {} : { owner }),
    };
  },
  url: (port) => `postgres://postgres@127.0.0.1:${port}`,
  async ping(url) {
    const client = new Client({ connectionString: `${url}/postgres`, connectionTimeoutMillis: 1000 });
    client.on('error', () => {}); // Told by connect() already.
    await client.connect();
    await client.end();
  },
};

export const redis: ServerRecipe = {
  programs: ['redis-server'],
  endSignal: 'SIGKILL',
  prepare: async () => {},
  command: (folder, port) => ({
    program: program('redis-server'),
    args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'],
  }),
  url: (port) => `redis://127.0.0.1:${port}`,
  async ping(url) {
    const client = new Redis(url, { lazyConnect: true, connectTimeout: 1000, retryStrategy: () => null });
    client.on('error', () => {}); // Told by connect() already.
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  },
};
