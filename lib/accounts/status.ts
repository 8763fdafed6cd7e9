// Whether a user may act at all.

import { LatchkeyError } from '../errors.js';
import type { User } from './types.js';

/** @throws LatchkeyError `user_banned`, `user_inactive` */
export function assertActive({ status }: Pick<User, 'status'>): void {
  if (status === 'inactive') throw new LatchkeyError('user_inactive');
  if (status !== 'active') throw new LatchkeyError('user_banned');
}
