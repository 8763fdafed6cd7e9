// Two people may want the same row: the database lets one have it, the other reads again and is told why.

import { LatchkeyError } from './errors.js';
import { ConstraintViolation } from './ports.js';

const ATTEMPTS = 5;

/** Runs `work` from its first read again whenever the database refused a row of it. @throws LatchkeyError what that is where it stays so */
export async function untilSettled<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConstraintViolation)) throw error;
      if (attempt < ATTEMPTS) continue;
      throw error.settlesAs === undefined ? error : new LatchkeyError(error.settlesAs, { detail: error.message, cause: error.cause });
    }
  }
}
