// The value in the password column of a user whom this product made without a password: defaults, hooks and triggers of a host may have put
// it there.

import { createHash } from 'node:crypto';

/** What the guard row remembers of it: enough to know it again, and nothing to sign in with. 64 hex digits. */
export function placeholderKey(stored: string): string {
  return createHash('sha256').update(stored).digest('hex');
}
