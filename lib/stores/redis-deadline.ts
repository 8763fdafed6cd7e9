// One deadline for every call to Redis: however the host's client is configured, a request never waits longer.

import { LatchkeyError } from '../accounts/errors.js';
import { inTime } from '../support/deadline.js';

const DEADLINE_MS = 1000;

/**
 * Asks Redis, for 1 s at most: a client with an offline queue or without `commandTimeout` would wait without end.
 * What was asked may still happen after the deadline.
 * @throws LatchkeyError `unavailable` for an error of Redis or no answer in time; keeps the cause
 */
export async function withinDeadline<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await inTime(DEADLINE_MS, ask, { error: () => new Error(`Redis did not answer within ${DEADLINE_MS} ms`) });
  } catch (cause) {
    throw new LatchkeyError('unavailable', { cause });
  }
}
