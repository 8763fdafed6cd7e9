// How many mails with a link one address gets, whoever asks for them and wherever: a stranger cannot fill a mailbox with ours.

import type { Redis } from 'ioredis';
import type { RateLimit } from '../../config/config.js';
import { emailKey } from '../accounts/keys.js';
import { createCounter } from '../stores/rate-limit-store.js';

/** Counts one more; false when the address has had its number. @throws LatchkeyError `unavailable` */
export type MayMail = (address: string) => Promise<boolean>;

/** Counts in Redis for all processes; without it each process counts in its own memory. */
export function createMailAllowance({ limit, windowMs }: RateLimit, redis: Redis | undefined): MayMail {
  const counter = createCounter(windowMs, redis, 'latchkey:limit:mail:');
  return async (address) => (await counter.hit(`address:${emailKey(address)}`)).hits <= limit;
}
