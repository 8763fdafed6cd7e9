// The rate limits: one count per name, across routes, dialects, routers and processes.

import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import type { BioreLimitName } from '../../config/biore-limits.js';
import type { Config, RateLimit, RateLimitName } from '../../config/config.js';
import { LatchkeyError } from '../accounts/errors.js';
import { emailKey } from '../accounts/keys.js';
import { clientAddress } from '../http/client-address.js';
import { factsOf } from '../http/request-facts.js';
import { createCounter, redisRateLimitStore } from '../stores/rate-limit-store.js';

export interface RateLimitOptions {
  readonly limits: Config['rateLimits'];
  /** Counts for all processes; without it each process counts in its own memory. */
  readonly redis?: Redis | undefined;
  /** Stands before every key in Redis; default `latchkey:`. */
  readonly prefix?: string;
  /**
   * The token family, for `refresh`: of a token whose signature holds, or anyone can make up a new family for each request;
   * undefined: the address counts.
   */
  familyOf(req: Request): Promise<string | undefined>;
}

/**
 * A handler to put on every route that the name is about. Answers carry `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-08), a refusal `Retry-After` (RFC 9110, section 10.2.3).
 * They pass on `rate_limited`, or `unavailable` when Redis cannot be asked: the limiter never opens.
 * `signUp`, `passwordChange` and `recovery` (links asked for and followed where BIO.RE's document sets no limit) have the numbers of
 * `password`, whose wrong tries are counted elsewhere (`password-doors.ts`).
 */
export type RateLimits = Readonly<
  Record<Exclude<RateLimitName, 'password' | 'mail'> | 'signUp' | 'passwordChange' | 'recovery', RequestHandler>
>;

function addressKey(req: Request): string {
  return `address:${clientAddress(req)}`;
}

/** For the user where one is signed in by then. Two kinds of key never meet: a user id may look like an address. */
function userKey(req: Request): string {
  const user = factsOf(req).signedIn?.account.user;
  return user === undefined ? addressKey(req) : `user:${user.id}`;
}

export interface LimiterOptions {
  readonly limit: RateLimit;
  /** Its name, in the headers and in Redis. */
  readonly counter: string;
  readonly key: (req: Request) => Promise<string> | string;
  readonly redis: Redis | undefined;
  readonly prefix?: string;
}

/** One limit; it holds the counts where there is no Redis. */
function limiter({ limit, counter, key, redis, prefix = 'latchkey:' }: LimiterOptions): RequestHandler {
  return rateLimit({
    ...limit,
    identifier: counter,
    keyGenerator: key,
    handler: (_req, _res, next) => next(new LatchkeyError('rate_limited')),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // The host may run the same library, and reads its own count at `req.rateLimit`.
    requestPropertyName: 'latchkeyRateLimit',
    // Its advice goes to the host's console, and is about options that are fixed here.
    validate: false,
    ...(redis === undefined ? {} : { store: redisRateLimitStore(redis, `${prefix}limit:${counter}:`) }),
  });
}

/** Call it once per process: what it returns holds the counts where there is no Redis. */
export function createRateLimits({ limits, redis, prefix = 'latchkey:', familyOf }: RateLimitOptions): RateLimits {
  const named = (name: RateLimitName, counter: string, key: LimiterOptions['key']) =>
    limiter({ limit: limits[name], counter, key, redis, prefix });
  async function familyKey(req: Request): Promise<string> {
    const family = await familyOf(req);
    return family === undefined ? addressKey(req) : `family:${family}`;
  }

  return {
    prepare: named('prepare', 'prepare', addressKey),
    finish: named('finish', 'finish', addressKey),
    unlink: named('unlink', 'unlink', userKey),
    refresh: named('refresh', 'refresh', familyKey),
    signUp: named('password', 'sign-up', addressKey),
    passwordChange: named('password', 'password-change', userKey),
    recovery: named('password', 'recovery', addressKey),
  };
}

/** Each counts for the user where one is signed in by then, else for the address. */
export type BioreLimits = Readonly<Record<BioreLimitName, RequestHandler>>;

/** Call it once per process: what it returns holds the counts where there is no Redis. */
export function createBioreLimits(limits: Config['bioreLimits'], store: Pick<LimiterOptions, 'redis'>): BioreLimits {
  const made = Object.entries(limits).map(
    ([name, limit]) => [name, limiter({ ...store, limit, counter: `biore-${name}`, key: userKey })] as const,
  );
  return Object.fromEntries(made) as Record<BioreLimitName, RequestHandler>;
}

/** Counts one more; false when the address has had its number. @throws LatchkeyError `unavailable` */
export type MayMail = (address: string) => Promise<boolean>;

/** Counts in Redis for all processes; without it each process counts in its own memory. */
export function createMailAllowance({ limit, windowMs }: RateLimit, redis: Redis | undefined): MayMail {
  const counter = createCounter(windowMs, redis, 'latchkey:limit:mail:');
  return async (address) => (await counter.hit(`address:${emailKey(address)}`)).hits <= limit;
}
