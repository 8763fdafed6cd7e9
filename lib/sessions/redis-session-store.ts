// Sessions in Redis by connect-redis 8.1.0, the last line that works on ioredis: 9 and 10 silently save nothing there.

import { RedisStore } from 'connect-redis';
import type { Store } from 'express-session';
import type { Redis } from 'ioredis';
import { withinDeadline } from '../stores/redis-deadline.js';

/**
 * Every command fails within 1 s, however the host's client is set up. A record lives to the session's absolute end; whether
 * it still counts is for its row to say, so there is nothing to touch on each request.
 * @param prefix stands before every key; default `latchkey:session:`
 */
export function redisSessionStore(redis: Redis, prefix = 'latchkey:session:'): Store {
  const client = {
    get: (key: string) => withinDeadline(() => redis.get(key)),
    set: (key: string, value: string, unit: 'EX', seconds: number) => withinDeadline(() => redis.set(key, value, unit, seconds)),
    del: (keys: string[]) => withinDeadline(() => redis.del(keys)),
  };
  return new RedisStore({ client, prefix, disableTouch: true });
}
