// Two people may want the same row: the database lets one have it, the other reads again and is told why.

import { ConstraintViolation } from './ports.js';

const ATTEMPTS = 5;

/** Runs `work` from its first read again whenever the database refused a row of it. */
export async function untilSettled<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ConstraintViolation)) throw error;
    }
  }
}
