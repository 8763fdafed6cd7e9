// How long a message waits after a failed attempt.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const PAUSES: readonly number[] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 3 * HOUR];
const LONGEST = 6 * HOUR;

/** Up to a quarter less, so that what failed together is not tried again together. */
const JITTER = 0.25;

/**
 * Milliseconds until the next attempt: often at first, then every six hours, until it is given up (`give-up.ts`).
 * @param attempts failed attempts before the one that just failed
 * @param random between 0 and 1
 */
export function retryPauseMs(attempts: number, random: number = Math.random()): number {
  return Math.round((PAUSES[attempts] ?? LONGEST) * (1 - JITTER * random));
}
