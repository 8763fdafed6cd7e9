// One-time values in Redis: GETDEL, or a DEL that reports its count, decides who took a record; SET … GET decides who replaced it.

import type { Redis } from 'ioredis';
import type { OneTimeStore } from '../accounts/one-time-store.js';
import { withinDeadline } from './redis-deadline.js';

function read(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}

/**
 * Keeps records on the given client, for any number of processes. Redis 6.2 or later.
 * @param prefix stands before every key; default `latchkey:`
 * @throws LatchkeyError `unavailable` from every method when Redis fails or does not answer within 1 s
 */
export function redisOneTimeStore(redis: Redis, prefix = 'latchkey:'): OneTimeStore {
  // Redis refuses a life of 0 ms and fractions.
  const lifeOf = (ttlMs: number) => Math.max(1, Math.ceil(ttlMs));
  return {
    async put(key, record, ttlMs) {
      await withinDeadline(() => redis.set(prefix + key, JSON.stringify(record), 'PX', lifeOf(ttlMs)));
    },
    putNew: async (key, record, ttlMs) =>
      (await withinDeadline(() => redis.set(prefix + key, JSON.stringify(record), 'PX', lifeOf(ttlMs), 'NX'))) === 'OK',
    async peek(key) {
      return read(await withinDeadline(() => redis.get(prefix + key)));
    },
    async take(key) {
      // GET and then DEL would hand the same record to two callers.
      return read(await withinDeadline(() => redis.getdel(prefix + key)));
    },
    async exchange(key, record) {
      const text = JSON.stringify(record);
      return read((await withinDeadline(() => redis.call('SET', prefix + key, text, 'XX', 'KEEPTTL', 'GET'))) as string | null);
    },
    claim: async (key) => (await withinDeadline(() => redis.del(prefix + key))) === 1,
  };
}
