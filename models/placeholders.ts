// What stands in the column of a password where this product wrote none: defaults, hooks and triggers of a host put it there.

import { createHash } from 'node:crypto';

/** What the guard row remembers of it: enough to know it again, and nothing to sign in with. 64 hex digits. */
export function placeholderKey(stored: string): string {
  return createHash('sha256').update(stored).digest('hex');
}
