// Tokens of mailed links: 256 random bits, of which only the hash is stored.

import { createHash, randomBytes } from 'node:crypto';
import type { NewProof, Proof, ProofPurpose } from './address-ports.js';

const HOUR_MS = 60 * 60 * 1000;

/** How long a link can be followed, in milliseconds. */
export const PROOF_LIFE_MS: Readonly<Record<ProofPurpose, number>> = { sign_up: 24 * HOUR_MS, address: 24 * HOUR_MS, reset: HOUR_MS };

export const isOver = ({ expiresAt }: Pick<Proof, 'expiresAt'>): boolean => expiresAt.getTime() <= Date.now();

/** 64 hex digits. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** 43 characters of base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

export interface IssuedProof {
  /** 43 characters of base64url. */
  readonly token: string;
  readonly proof: NewProof;
}

export function issueProof(given: Pick<NewProof, 'purpose' | 'userId' | 'address' | 'asksPassword'>): IssuedProof {
  const token = newToken();
  const expiresAt = new Date(Date.now() + PROOF_LIFE_MS[given.purpose]);
  return { token, proof: { ...given, tokenHash: tokenHash(token), expiresAt } };
}
