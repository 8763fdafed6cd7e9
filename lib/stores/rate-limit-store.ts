// Counters of the rate limits in Redis, shared by all processes.

import type { Store } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import { withinDeadline } from './redis-deadline.js';

/**
 * Runs a command of rate-limit-redis 6. It loads its script when it is built and, if Redis was down then, never again;
 * so here a script's digest is its own text, and each run sends the text: nothing is loaded, and nothing can be lost.
 */
async function run(redis: Redis, [command = '', ...args]: readonly string[]): Promise<RedisReply> {
  if (command === 'SCRIPT') return args[1] ?? '';
  const reply = await withinDeadline(() => redis.call(command === 'EVALSHA' ? 'EVAL' : command, ...args));
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
