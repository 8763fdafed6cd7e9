// One normal form for what the database must compare exactly, whatever its collation.

import { createHash } from 'node:crypto';
import type { Identity } from './types.js';

const hex = (text: string) => createHash('sha256').update(text).digest('hex');

/** Byte for byte: `abc`, `ABC`, `ábc` and `abc ` are four subjects. 64 hex digits. */
export function identityKey({ provider, subject }: Identity): string {
  return hex(`${provider}\n${subject}`);
}

/** The product's own normal form of an address: two spellings of it are one address. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

/** What the unique index on addresses holds. 64 hex digits. */
export function emailKey(email: string): string {
  return hex(normalEmail(email));
}
