// Where express-session stores a browser's session: in Redis, or through a small interface in the SQL database.

import { createHash } from 'node:crypto';
import { RedisStore } from 'connect-redis';
import { type SessionData, Store } from 'express-session';
import type { Redis } from 'ioredis';
import type { SessionRecords } from '../accounts/session-ports.js';
import { withinDeadline } from '../stores/redis-deadline.js';

type Callback<T> = (error: unknown, value?: T) => void;

function tell<T>(promise: Promise<T>, callback: Callback<T> | undefined): void {
  promise.then(
    (value) => callback?.(undefined, value),
    (error: unknown) => callback?.(error),
  );
}

/** Who reads the table learns no session id. */
const keyOf = (sid: string) => createHash('sha256').update(sid).digest('hex');

/**
 * Keeps each record to the session's absolute end: whether the session still lives is not for the record to say, so there is
 * nothing to touch on each request.
 */
export class RecordStore extends Store {
  readonly #records: SessionRecords;
  readonly #ttlMs: number;

  constructor(records: SessionRecords, ttlMs: number) {
    super();
    this.#records = records;
    this.#ttlMs = ttlMs;
  }

  override get(sid: string, callback: Callback<SessionData | null>): void {
    const read = async () => {
      const record = await this.#records.get(keyOf(sid));
      return record === undefined ? null : (JSON.parse(record) as SessionData);
    };
    tell(read(), callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback<void>): void {
    tell(this.#records.set(keyOf(sid), JSON.stringify(session), new Date(Date.now() + this.#ttlMs)), callback);
  }

  override destroy(sid: string, callback?: Callback<void>): void {
    tell(this.#records.remove(keyOf(sid)), callback);
  }
}

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
