// Invitations to sign up: a link that makes one user, stored as the hash of its token.

import { isEmailAddress, normalEmail } from './keys.js';
import { newToken, tokenHash } from './proof-tokens.js';

export interface Invitation {
  /** The one address it is for, in its normal form; undefined: whoever has the link. */
  readonly email: string | undefined;
  readonly expiresAt: Date;
}

export interface NewInvitation extends Invitation {
  /** SHA-256 of the token, 64 hex digits. */
  readonly tokenHash: string;
}

/** Storage of invitations; the transaction of a sign-up takes them. */
export interface InvitationRepository {
  insert(invitation: NewInvitation): Promise<void>;
  /** Looks without using it up; undefined for one that is unknown, used or past its time. */
  find(tokenHash: string): Promise<Invitation | undefined>;
}

export interface InviteRequest {
  readonly email: string | undefined;
  readonly ttlMs: number;
}

/** @returns the token, which is kept nowhere. @throws TypeError for what is no address */
export async function invite(invitations: InvitationRepository, { email, ttlMs }: InviteRequest): Promise<string> {
  if (email !== undefined && !isEmailAddress(email)) throw new TypeError('email: expected one e-mail address');
  const token = newToken();
  await invitations.insert({
    tokenHash: tokenHash(token),
    email: email === undefined ? undefined : normalEmail(email),
    expiresAt: new Date(Date.now() + ttlMs),
  });
  return token;
}
