// The databases of the comparison: private servers of this machine, or those whose URLs are given, and a fresh database for each system.

import { createHash, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import { newFolder } from '../../test/support/run-folder.js';
import * as recipes from '../../test/support/server-recipes.js';
import { Service } from '../../test/support/service.js';
import type { DatabaseName } from './options.js';

/** Of the tests, which are small: here are a million rows to hold. */
function roomier(recipe: recipes.ServerRecipe, from: string, to: string): recipes.ServerRecipe {
  return {
    ...recipe,
    command(folder, port) {
      const command = recipe.command(folder, port);
      return { ...command, args: command.args.map((arg) => (arg === from ? to : arg)) };
    },
  };
}

const SERVERS = {
  mariadb: new Service(
    'mariadb',
    roomier(recipes.mariadb, '--innodb-buffer-pool-size=64M', '--innodb-buffer-pool-size=1G'),
    'BENCH_MYSQL_URL',
  ),
  postgres: new Service('postgres', roomier(recipes.postgres, 'shared_buffers=64MB', 'shared_buffers=1GB'), 'BENCH_POSTGRES_URL'),
  redis: new Service('redis', recipes.redis, 'BENCH_REDIS_URL'),
} as const;

/** One sentence for each server that cannot be had. */
export function missingServers(databases: readonly DatabaseName[]): readonly string[] {
  const names = databases.flatMap((name) => (name === 'sqlite' ? [] : ([name, 'redis'] as const)));
  return [...new Set(names)].flatMap((name) => SERVERS[name].missing ?? []);
}

export const endServers = () => Promise.all(Object.values(SERVERS).map((server) => server.end()));

export interface Place {
  readonly kind: DatabaseName;
  /** As `DATABASE_URL` takes it. */
  readonly url: string;
  readonly redisUrl: string | undefined;
  /** All that the database keeps of it, with its indexes. */
  bytes(): Promise<number>;
  /** Of everything that this Redis holds. */
  redisBytes(): Promise<number>;
  /** As administrator, on this database. */
  run(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** One after the other, on one connection. */
  change(statements: readonly string[]): Promise<void>;
  drop(): Promise<void>;
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  return await work(redis).finally(() => redis.disconnect());
}

type Rows = readonly Record<string, unknown>[];

/** What the last one answers. */
async function onMysql(url: string, ...statements: readonly string[]): Promise<Rows> {
  const connection = await mysql.createConnection(url);
  try {
    let rows: unknown;
    for (const sql of statements) [rows] = await connection.query(sql);
    return Array.isArray(rows) ? (rows as Rows) : [];
  } finally {
    await connection.end();
  }
}

async function onPostgres(connectionString: string, ...statements: readonly string[]): Promise<Rows> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    let rows: Rows = [];
    for (const sql of statements) rows = (await client.query(sql)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

async function withSqlite<T>(file: string, work: (database: import('better-sqlite3').Database) => T): Promise<T> {
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite(file);
  database.function('sha256', (text: unknown) => createHash('sha256').update(String(text)).digest());
  database.function('uuid', { deterministic: false }, () => randomUUID());
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const MYSQL_BYTES = `SELECT CAST(SUM(s.FILE_SIZE) AS CHAR) AS bytes FROM information_schema.INNODB_SYS_TABLESPACES s
  WHERE s.NAME LIKE CONCAT(DATABASE(), '/%')`;

let places = 0;

/** A fresh, empty one. Redis is emptied: it has one database for each place. */
export async function openPlace(kind: DatabaseName): Promise<Place> {
  places += 1;
  const name = `latchkey_bench_${process.pid}_${places}`;
  if (kind === 'sqlite') {
    const file = join(newFolder('bench-sqlite'), 'database.sqlite');
    return {
      kind,
      url: `sqlite:${file}`,
      redisUrl: undefined,
      bytes: () => withSqlite(file, (database) => Number(database.pragma('page_count', { simple: true })) * 4096),
      redisBytes: async () => 0,
      run: (sql) => withSqlite(file, (database) => database.prepare(sql).all() as Record<string, unknown>[]),
      change: (statements) =>
        withSqlite(file, (database) => {
          for (const sql of statements) database.exec(sql);
        }),
      drop: async () => rmSync(file, { force: true }),
    };
  }
  const at = (path: string) => (base: string) => Object.assign(new URL(base), { pathname: path }).href;
  const redisUrl = at(`/${places % 16}`)(await SERVERS.redis.url());
  await withRedis(redisUrl, (redis) => redis.flushdb());
  const base = await SERVERS[kind].url();
  const isMysql = kind === 'mariadb';
  const run = isMysql ? onMysql : onPostgres;
  const admin = isMysql ? base : at('/postgres')(base);
  const url = at(`/${name}`)(base);
  await run(admin, `CREATE DATABASE ${name}`);
  return {
    kind,
    url,
    redisUrl,
    run: (sql) => run(url, sql),
    change: async (statements) => void (await run(url, ...statements)),
    async bytes() {
      const [row] = await run(url, isMysql ? MYSQL_BYTES : 'SELECT pg_database_size(current_database()) AS bytes');
      return Number(row?.bytes);
    },
    redisBytes: () => withRedis(redisUrl, async (redis) => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])),
    drop: async () => void (await run(admin, `DROP DATABASE ${name}${isMysql ? '' : ' WITH (FORCE)'}`)),
  };
}

/** Of the servers that run, and of Redis. */
export async function serverVersions(databases: readonly DatabaseName[]): Promise<Readonly<Record<string, string>>> {
  const versions: Record<string, string> = {};
  if (databases.includes('mariadb')) versions.mariadb = String((await onMysql(await SERVERS.mariadb.url(), 'SELECT VERSION() AS v'))[0]?.v);
  if (databases.includes('postgres')) {
    const url = Object.assign(new URL(await SERVERS.postgres.url()), { pathname: '/postgres' }).href;
    versions.postgres = String((await onPostgres(url, 'SHOW server_version'))[0]?.server_version);
  }
  if (databases.some((name) => name !== 'sqlite'))
    versions.redis = await withRedis(
      await SERVERS.redis.url(),
      async (redis) => /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '?',
    );
  if (databases.includes('sqlite'))
    versions.sqlite = await withSqlite(':memory:', (database) => String(database.prepare('SELECT sqlite_version() AS v').pluck().get()));
  return versions;
}
