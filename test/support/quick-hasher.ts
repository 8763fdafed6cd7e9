// Passwords for tests: Argon2id as in production, and next to no work. A stored hash says itself how it was made.

import { hash } from '@node-rs/argon2';
import type { PasswordHasher } from '../../lib/accounts/password-hasher.js';
import { argon2Hasher } from '../../lib/accounts/password-hasher.js';

/** Of memory and passes the product's own takes some thousand times as much. */
export const QUICK = { memoryCost: 8, timeCost: 1, parallelism: 1 } as const;

export const quickHasher: PasswordHasher = { ...argon2Hasher, hash: (password) => hash(password, QUICK) };
