// Opens the store of cookie sessions: in Redis if there is one, else in the SQL database.

import type { Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import type { SessionRecords, SessionRepository } from '../accounts/session-ports.js';
import { ownCookie } from '../http/own-cookie.js';
import { describeError, type Logger } from '../support/logger.js';
import { deriveKey } from '../tokens/keys.js';
import { type CookieSessions, createCookieSessions } from './cookie-sessions.js';
import { createSessionCarriers } from './session-carrier.js';
import { RecordStore, redisSessionStore } from './session-stores.js';

export interface OpenCookieSessionsOptions {
  readonly config: Config;
  /** Tells the sessions of two installations on one origin apart. Default: the only one. */
  readonly realm?: string | undefined;
  readonly redis: Redis | undefined;
  readonly records: SessionRecords;
  readonly sessions: Pick<SessionRepository, 'revoke'>;
  readonly logger: Logger;
}

export function openCookieSessions({ config, realm = '', redis, records, sessions, logger }: OpenCookieSessionsOptions): CookieSessions {
  const { absoluteTtlMs } = config.sessions;
  const cookie = ownCookie(config.baseUrl, 'session', realm);
  const carriers = createSessionCarriers({
    store: redis === undefined ? new RecordStore(records, absoluteTtlMs) : redisSessionStore(redis),
    secret: Buffer.from(deriveKey(config.secret, 'session cookie')).toString('base64url'),
    cookie,
    absoluteTtlMs,
    onLateError: (error) => logger.warn({ err: describeError(error) }, 'a session could not be stored'),
  });
  return createCookieSessions({
    carriers,
    realm,
    sessions,
    forget: (res) => void res.clearCookie(cookie.name, cookie.options),
  });
}
