// What suites stand on: a suite per kind of database, databases of their own, and Redis.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import { newFolder } from './run-folder.js';
import * as recipes from './server-recipes.js';
import { Service } from './service.js';
import { isWorker, workerNumber } from './worker.js';

export type DatabaseKind = 'sqlite' | 'mariadb' | 'postgres';
export type ServerKind = 'mariadb' | 'postgres' | 'redis';

export const databases: readonly DatabaseKind[] = ['sqlite', 'mariadb', 'postgres'];

/** One of each per test run. */
export const services: Readonly<Record<ServerKind, Service>> = {
  mariadb: new Service('mariadb', recipes.mariadb, 'TEST_MYSQL_URL'),
  postgres: new Service('postgres', recipes.postgres, 'TEST_POSTGRES_URL'),
  redis: new Service('redis', recipes.redis, 'TEST_REDIS_URL'),
};

/** What a suite cannot do without: a server, or a program of the machine. */
export type Requirement = Pick<Service, 'missing' | 'request'>;

/** A suite that needs more than Node: skipped by name where that is missing, or failed if `REQUIRE_SERVICES` is 1. */
export function describeWith(needed: Requirement, title: string, suite: () => void): void {
  const { missing } = needed;
  if (missing === undefined) {
    needed.request();
    describe(title, suite);
  } else if (process.env.REQUIRE_SERVICES === '1') {
    describe(title, () => {
      it('has what it needs', () => {
        throw new Error(missing);
      });
    });
  } else {
    describe(title, () => {
      it.skip(`skipped, no ${missing}`);
    });
  }
}

/** The same suite once for each kind of database. */
export function describeOn(kinds: readonly DatabaseKind[], title: string, suite: (kind: DatabaseKind) => void): void {
  for (const kind of kinds) {
    const titled = `${title} [${kind}]`;
    if (kind === 'sqlite') describe(titled, () => suite(kind));
    else describeWith(services[kind], titled, () => suite(kind));
  }
}

export function describeWithRedis(title: string, suite: () => void): void {
  describeWith(services.redis, title, suite);
}

/** The database beside Redis, as it is where several processes serve; SQLite where there is no MariaDB. */
export function besideRedis(): DatabaseKind {
  if (services.mariadb.missing !== undefined) return 'sqlite';
  services.mariadb.request();
  return 'mariadb';
}

/** As many databases as Redis has by default; each worker of a parallel run has one, for suites that count keys. */
const REDIS_DATABASES = 16;

/** Redis, shared by the whole run: keys need a prefix of their own, and nobody flushes it. */
export async function redisUrl(): Promise<string> {
  const url = new URL(await services.redis.url());
  if (isWorker && url.pathname.length < 2) url.pathname = `/${workerNumber % REDIS_DATABASES}`;
  return url.href;
}

/** Databases count their users from 1: what was counted of the users of another is forgotten. */
export async function forgetCounts(): Promise<void> {
  const redis = new Redis(await redisUrl());
  const counts = await redis.keys('latchkey:limit:*');
  if (counts.length > 0) await redis.del(counts);
  await redis.quit();
}

export interface TestDatabase {
  /** As `DATABASE_URL` takes it. */
  readonly url: string;
  /** Removes it, connections or not. */
  drop(): Promise<void>;
}

async function onMariadb(sql: string): Promise<void> {
  const connection = await mysql.createConnection(await services.mariadb.url());
  await connection.query(sql).finally(() => connection.end());
}

async function onPostgres(sql: string): Promise<void> {
  const client = new Client({ connectionString: await urlOf(services.postgres, 'postgres') });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function urlOf(service: Service, database: string): Promise<string> {
  const url = new URL(await service.url());
  url.pathname = `/${database}`;
  return url.href;
}

/** A fresh, empty database. */
export async function createDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const name = `latchkey_${randomBytes(6).toString('hex')}`;
  switch (kind) {
    case 'sqlite':
      // Its files go with the run's folder: a test that still has one open does not notice.
      return { url: `sqlite:${join(newFolder('sqlite'), 'database.sqlite')}`, drop: async () => {} };
    case 'mariadb':
      await onMariadb(`CREATE DATABASE ${name}`);
      return { url: await urlOf(services.mariadb, name), drop: () => onMariadb(`DROP DATABASE ${name}`) };
    case 'postgres':
      await onPostgres(`CREATE DATABASE ${name}`);
      return { url: await urlOf(services.postgres, name), drop: () => onPostgres(`DROP DATABASE ${name} WITH (FORCE)`) };
  }
}
