// The limits of BIO.RE's documents, one handler for each of their calls.

import type { RequestHandler } from 'express';
import type { BioreLimitName } from '../../config/biore-limits.js';
import type { Config } from '../../config/config.js';
import { factsOf } from '../http/request-facts.js';
import { addressKey, type LimiterOptions, limiter } from './rate-limits.js';

/** Each counts for the user where one is signed in by then, else for the address. */
export type BioreLimits = Readonly<Record<BioreLimitName, RequestHandler>>;

/** Call it once per process: what it returns holds the counts where there is no Redis. */
export function createBioreLimits(limits: Config['bioreLimits'], store: Pick<LimiterOptions, 'redis'>): BioreLimits {
  const made = Object.entries(limits).map(([name, limit]) => {
    const key: LimiterOptions['key'] = (req) => {
      const user = factsOf(req).signedIn?.account.user;
      return user === undefined ? addressKey(req) : `user:${user.id}`;
    };
    return [name, limiter({ ...store, limit, counter: `biore-${name}`, key })] as const;
  });
  return Object.fromEntries(made) as Record<BioreLimitName, RequestHandler>;
}
