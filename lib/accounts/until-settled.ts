// Two requests may want the same row: the database lets one have it; the other reads again and learns why it lost.

import { type FailureCode, LatchkeyError } from './errors.js';

/** The database refused a row: its identity, (user, provider) or e-mail address is taken. Read again and decide. */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation';
  /** What it is where reading again does not settle it. */
  readonly settlesAs: FailureCode | undefined;

  constructor(message: string, { cause, settlesAs }: { readonly cause?: unknown; readonly settlesAs?: FailureCode } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.settlesAs = settlesAs;
  }
}

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
