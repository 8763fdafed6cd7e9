// Who may try passwords, and how often: wrong ones count for the client, for a device that the account knows, and for all strangers at one
// address together.

import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Redis } from 'ioredis';
import type { RateLimit } from '../../config/config.js';
import { LatchkeyError } from '../accounts/errors.js';
import { emailKey } from '../accounts/keys.js';
import type { PasswordDoor, PasswordTry, Tried } from '../accounts/password-door.js';
import type { DeviceCookie } from '../http/browser-marks.js';
import { clientAddress } from '../http/client-address.js';
import { factsOf } from '../http/request-facts.js';
import { type Count, createCounter } from '../stores/rate-limit-store.js';
import { describeError, type Logger } from '../support/logger.js';
import { handleAsync } from './respond.js';

export interface PasswordDoorsOptions {
  readonly limit: RateLimit;
  /** Counts for all processes; without it each process counts in its own memory. */
  readonly redis: Redis | undefined;
  readonly devices: DeviceCookie;
  readonly logger: Logger;
}

/**
 * The handlers refuse a client that the door is closed for, before anything is looked up; all answers carry `RateLimit` and
 * `RateLimit-Policy`, a refusal `Retry-After`. They pass on `rate_limited`, or `unavailable` when Redis cannot be asked.
 */
export interface PasswordDoors {
  /** For a sign-in: a client with a device cookie is let through, for whose it is will be seen. */
  readonly signIn: RequestHandler;
  readonly signUp: RequestHandler;
  /** For a change by whoever is signed in; behind the user's check. */
  readonly change: RequestHandler;
  /** The door as this request comes to it. */
  of(req: Request, res: Response): PasswordDoor;
}

/** All strangers together may try so many times as often. */
const STRANGERS = 10;

const NAME = '"password"';

/** The same key as express-rate-limit's: it says that two counts are of one, not of what. */
function partitionKey(key: string): string {
  return Buffer.from(createHash('sha256').update(key).digest('hex').slice(0, 12)).toString('base64');
}

/** Says it once, beside what other limits say (draft-ietf-httpapi-ratelimit-headers-08). */
function setEntry(res: Response, header: string, entry: string): void {
  const others = [res.getHeader(header) ?? []].flat().filter((other) => !String(other).startsWith(NAME));
  res.setHeader(header, [`${NAME}; ${entry}`, ...others.map(String)]);
}

export function createPasswordDoors({ limit: { limit, windowMs }, redis, devices, logger }: PasswordDoorsOptions): PasswordDoors {
  const counter = createCounter(windowMs, redis, 'latchkey:limit:password:');
  const clientKey = (req: Request) => `client:${clientAddress(req, 64)}`;
  const secondsUntil = ({ until }: Count) => Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000));

  function tell(res: Response, key: string, count: Count, most = limit): void {
    if (res.headersSent) return;
    setEntry(res, 'RateLimit', `r=${Math.max(0, most - count.hits)}; t=${secondsUntil(count)}`);
    setEntry(res, 'RateLimit-Policy', `q=${most}; w=${Math.ceil(windowMs / 1000)}; pk=:${partitionKey(key)}:`);
  }

  const closed = (count: Count) => new LatchkeyError('rate_limited', { retryAfter: secondsUntil(count) });

  /** Counts what a wrong password would be. */
  function tryOf(req: Request, res: Response, { address, accounts }: Tried): PasswordTry {
    const client = clientKey(req);
    const id = devices.deviceOf(req, accounts);
    const device = id === undefined ? undefined : `device:${id}`;
    let taken: string[] = [];
    let asked = client;

    async function hit(key: string): Promise<Count> {
      const count = await counter.hit(key);
      taken.push(key);
      return count;
    }

    async function takeBack(): Promise<void> {
      const keys = taken;
      taken = [];
      await Promise.all(keys.map((key) => counter.takeBack(key)));
    }

    /** A device that has tried too often is a stranger again. */
    async function admit(): Promise<void> {
      const byClient = await hit(client);
      const byDevice = device === undefined ? undefined : await hit(device);
      if (device !== undefined && byDevice !== undefined && byDevice.hits <= limit) {
        asked = device;
        return tell(res, device, byDevice);
      }
      tell(res, client, byClient);
      if (byClient.hits > limit) throw closed(byClient);
      if (address === undefined) return;
      const account = `account:${emailKey(address)}`;
      const byStrangers = await hit(account);
      if (byStrangers.hits <= limit * STRANGERS) return;
      tell(res, account, byStrangers, limit * STRANGERS);
      throw closed(byStrangers);
    }

    return {
      line: device ?? client,
      async count() {
        try {
          await admit();
        } catch (error) {
          await takeBack().catch(() => undefined);
          throw error;
        }
      },
      async giveBack() {
        try {
          await takeBack();
          tell(res, asked, await counter.read(asked));
        } catch (error) {
          logger.warn({ err: describeError(error) }, 'a right password is still counted as a wrong one');
        }
      },
    };
  }

  const unlessClosed = (isKnown: (req: Request) => boolean): RequestHandler =>
    handleAsync(async (req, res, next) => {
      const client = clientKey(req);
      const count = await counter.read(client);
      tell(res, client, count);
      if (count.hits >= limit && !isKnown(req)) throw closed(count);
      next();
    });

  const isKnownToUser = (req: Request) => {
    const { signedIn } = factsOf(req);
    return signedIn !== undefined && devices.deviceOf(req, [signedIn.account.user.id]) !== undefined;
  };
  return {
    signIn: unlessClosed(devices.isShown),
    signUp: unlessClosed(() => false),
    change: unlessClosed(isKnownToUser),
    of: (req, res) => ({ try: (tried) => tryOf(req, res, tried) }),
  };
}
