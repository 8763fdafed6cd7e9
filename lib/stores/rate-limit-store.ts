// Counters of the rate limits: in Redis, shared by all processes, or in the process.

import { createHash } from 'node:crypto';
import { MemoryStore, type Options, type Store } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import { withinDeadline } from './redis-deadline.js';

/** A count whose window is over is gone: taken down by one, it would stay for good. */
const DECREMENT = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('DECR', KEYS[1]) or 0";

/** By its text: there are three. */
const digests = new Map<string, string>();

function digestOf(script: string): string {
  const digest = digests.get(script) ?? createHash('sha1').update(script).digest('hex');
  digests.set(script, digest);
  return digest;
}

const isUnknown = (error: unknown) => error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Redis has each script after its first run, until it is restarted: the text is sent where it is not known. */
function evaluate(redis: Redis, script: string, args: readonly string[]): Promise<unknown> {
  return redis.call('EVALSHA', digestOf(script), ...args).catch((error: unknown) => {
    if (!isUnknown(error)) throw error;
    return redis.call('EVAL', script, ...args);
  });
}

/**
 * Runs a command of rate-limit-redis 6. It loads its script when it is built and, if Redis was down then, never again;
 * so here what it takes for a script's digest is the text.
 */
async function run(redis: Redis, [command = '', ...args]: readonly string[]): Promise<RedisReply> {
  if (command === 'SCRIPT') return args[1] ?? '';
  if (command === 'DECR') return Number(await withinDeadline(() => evaluate(redis, DECREMENT, ['1', ...args])));
  const [script = '', ...rest] = args;
  const reply = await withinDeadline(() => (command === 'EVALSHA' ? evaluate(redis, script, rest) : redis.call(command, ...args)));
  if (!Array.isArray(reply)) throw new TypeError('Redis did not answer with hits and time');
  return reply;
}

/**
 * Counts in Redis.
 * @param prefix stands before every key; one per limit
 * @throws LatchkeyError `unavailable` from `increment` when Redis fails or does not answer within 1 s
 */
export function redisRateLimitStore(redis: Redis, prefix: string): Store {
  return new RedisStore({ prefix, sendCommand: (...command) => run(redis, command) });
}

/** How often, and until when that counts. */
export interface Count {
  readonly hits: number;
  readonly until: Date;
}

/** Every method throws LatchkeyError `unavailable` where Redis counts and cannot be asked. */
export interface Counter {
  /** Counts once more. */
  hit(key: string): Promise<Count>;
  /** Takes one back. */
  takeBack(key: string): Promise<void>;
  read(key: string): Promise<Count>;
}

/** Counts in windows that begin with the first hit of a key; without Redis, in this process. */
export function createCounter(windowMs: number, redis: Redis | undefined, prefix: string): Counter {
  const store = redis === undefined ? new MemoryStore() : redisRateLimitStore(redis, prefix);
  void store.init?.({ windowMs } as Options);
  const toCount = (found: { readonly totalHits: number; readonly resetTime: Date | undefined } | undefined): Count =>
    found === undefined || !(found.totalHits > 0) || found.resetTime === undefined
      ? { hits: 0, until: new Date(Date.now() + windowMs) }
      : { hits: found.totalHits, until: found.resetTime };
  return {
    hit: async (key) => toCount(await store.increment(key)),
    takeBack: async (key) => void (await store.decrement(key)),
    read: async (key) => toCount(await store.get?.(key)),
  };
}
