// How a flow ends for Passport, the same for every kind of strategy.

import { LatchkeyError } from '../accounts/errors.js';
import type { Outcome } from './trip.js';

/** What Passport adds to a strategy for one request. */
interface Ends {
  success(outcome: Outcome): void;
  fail(refusal: Error, status: number): void;
  error(error: unknown): void;
}

/** A strategy's `redirect`: the URL in its normal form, for the caller to send in its own way. */
export function departure(ends: Ends): (url: string) => void {
  return (url) => ends.success({ kind: 'redirect', url: new URL(url).href });
}

/** That the person said no is an answer; anything else that goes wrong is an error. */
export async function arrive(ends: Ends, trip: Promise<Outcome>): Promise<void> {
  try {
    ends.success(await trip);
  } catch (error) {
    if (error instanceof LatchkeyError && error.code === 'denied') ends.fail(error, 403);
    else ends.error(error);
  }
}
