// One secret, many keys: each purpose gets its own, so that none can stand in for another.

import { hkdfSync } from 'node:crypto';

export type KeyPurpose =
  | 'access and refresh tokens'
  | 'state hash'
  | 'session cookie'
  | 'device cookie'
  | 'family cookie'
  | 'public ids'
  | 'provider tokens';

/** HKDF with SHA-256 (RFC 5869), 32 bytes. */
export function deriveKey(secret: string, purpose: KeyPurpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'latchkey', purpose, 32));
}
