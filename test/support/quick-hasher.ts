// Passwords for tests: Argon2id as in production, and next to no work. A stored hash says itself how it was made.

import { hash } from '@node-rs/argon2';
import { argon2Hasher, type PasswordHasher } from '../../lib/accounts/password-hasher.js';
import { QUICK } from './passwords.js';

export const quickHasher: PasswordHasher = { ...argon2Hasher, hash: (password) => hash(password, QUICK) };
