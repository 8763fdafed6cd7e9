// What happens after a failed delivery: when the message is tried again, when it is given up, and what may be recorded about the failure.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const PAUSES: readonly number[] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 3 * HOUR];
const LONGEST = 6 * HOUR;

/** Up to a quarter less, so that what failed together is not tried again together. */
const JITTER = 0.25;

/**
 * Milliseconds until the next attempt: often at first, then every six hours, until it is given up.
 * @param attempts failed attempts before the one that just failed
 * @param random between 0 and 1
 */
export function retryPauseMs(attempts: number, random: number = Math.random()): number {
  return Math.round((PAUSES[attempts] ?? LONGEST) * (1 - JITTER * random));
}

/** From when on nothing is tried again, in milliseconds since the message was written (RFC 5321, section 4.5.4.1: 4–5 days). */
const GIVE_UP_AFTER_MS = 5 * 24 * 60 * 60 * 1000;

/** A message that no attempt will ever deliver, such as one without an address. */
export class UndeliverableMessage extends TypeError {
  override name = 'UndeliverableMessage';
}

/** An attempt that begins after that is the last one. */
export function isTooOld(createdAt: Date, now: number = Date.now()): boolean {
  return now - createdAt.getTime() >= GIVE_UP_AFTER_MS;
}

/** Of a failure's text. */
const MAX_LENGTH = 500;

/** The error's code and message on one line, every address replaced, for mail servers like to repeat it; at most 500 characters. */
export function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : 'Unknown error';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${message}`
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]')
    .slice(0, MAX_LENGTH);
}
