// Limits of calls that are so high that no test meets one by accident.

import { DOCUMENTED } from '../../config/biore-limits.js';

export const FREE = { limit: 1_000_000, window: '1h' } as const;

const free = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, FREE]));

export const NO_LIMITS = {
  ...free(['unlink', 'refresh', 'password', 'prepare', 'finish', 'mail']),
  biore: free(Object.keys(DOCUMENTED)),
};
