// The standalone server's connection to Redis: it fails fast, reconnects by itself, and never keeps the server from starting.

import { Redis } from 'ioredis';
import type { Logger } from '../support/logger.js';

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;
/** A connection that owes an answer this long is given up: the network may have lost it without a word. */
const SILENCE_TIMEOUT_MS = 2000;
const LONGEST_PAUSE_MS = 1000;

/** After a failover the old primary answers READONLY on a connection that would otherwise be kept for ever. */
function isDemoted(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

/** One line when Redis goes out of reach and one when it is back, however often it is tried meanwhile. */
function logOutages(redis: Redis, logger: Logger): void {
  let out = false;
  // Without a listener ioredis writes to the console on its own.
  redis.on('error', (error: NodeJS.ErrnoException) => {
    if (!out) logger.error({ code: error.code, reason: error.message }, 'Redis is out of reach');
    out = true;
  });
  redis.on('ready', () => {
    if (out) logger.info({}, 'Redis is back');
    out = false;
  });
}

/**
 * Opens a client that answers within 500 ms or fails, tries again at least once a second, and never throws because Redis is down.
 * Until its `ready` event commands fail at once.
 * @param url `redis://` or `rediss://`
 */
export function connectRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    // What several requests ask in one turn of the event loop goes out in one write: writes cost more than all else about a command.
    enableAutoPipelining: true,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_PAUSE_MS),
    reconnectOnError: isDemoted,
  });
  logOutages(redis, logger);
  return redis;
}
