// Limits tries before a password is checked: each try is counted before it is known whether the password is right.

/** Whom a password is tried for. */
export interface Tried {
  /** The address as it was typed; undefined where the person is signed in. */
  readonly address: string | undefined;
  /** The ids of the users that it may sign in: none for an address that nobody has. */
  readonly accounts: readonly string[];
}

/** One client at the door. */
export interface PasswordTry {
  /** Who waits in one line: a device that has signed in to one of the accounts, or else the client. */
  readonly line: string;
  /**
   * Counts a wrong try before the slow check, so that many at once are no more than their number.
   * @throws LatchkeyError `rate_limited`: then nothing is counted; `unavailable`
   */
  count(): Promise<void>;
  /** It was not a wrong one. Never throws. */
  giveBack(): Promise<void>;
}

export interface PasswordDoor {
  try(tried: Tried): PasswordTry;
}

/** Runs a check; what it answers is wrong where it is undefined or false. */
export async function counted<T>(attempt: PasswordTry, check: () => Promise<T>): Promise<T> {
  await attempt.count();
  let wrong = false;
  try {
    const found = await check();
    wrong = found === undefined || found === false;
    return found;
  } finally {
    if (!wrong) await attempt.giveBack();
  }
}
