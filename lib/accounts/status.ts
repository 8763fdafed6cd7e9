// Whether a user may act at all, and whether the session that acts for them still may.

import { LatchkeyError } from './errors.js';
import type { LockedAccount, Session } from './ports.js';
import { isAlive } from './sessions.js';
import type { User } from './types.js';

/** @throws LatchkeyError `user_banned`, `user_inactive` */
export function assertActive({ status }: Pick<User, 'status'>): void {
  if (status === 'inactive') throw new LatchkeyError('user_inactive');
  if (status !== 'active') throw new LatchkeyError('user_banned');
}

/**
 * A session may end while a change that it asks for waits for the lock. Nothing is asked of a host's own session.
 * @throws LatchkeyError `unauthenticated`
 */
export function assertStillSignedIn(asking: Session | undefined, { session }: Pick<LockedAccount, 'session'>): void {
  if (asking !== undefined && !isAlive(session)) throw new LatchkeyError('unauthenticated');
}
