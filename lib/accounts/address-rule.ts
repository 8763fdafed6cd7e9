// Proof wins: what becomes of an account whose address somebody else has just proven.

import type { SignInMethod, User } from './types.js';

/**
 * `refused`: the address stays where it is. `kept`: the account loses it and goes on. `nobodys`: it loses the address, and nothing
 * else was ever there, so it becomes inactive.
 */
export type Release = 'refused' | 'kept' | 'nobodys';

export interface Claimed {
  readonly user: Pick<User, 'status' | 'emailVerified'>;
  /** Something else than a password is stored that has let somebody in, or may: links, methods of the host's. */
  readonly hasOthers: boolean;
  /** The ways in that work now. */
  readonly before: readonly SignInMethod[];
  /** Those that will still work without the address. */
  readonly after: readonly SignInMethod[];
}

/**
 * Never takes a proven address, nor one of somebody who is banned: they would come back with it. Never locks somebody out who had
 * another way in stored that happens not to work at present; a password alone at an address that was only typed is no such way.
 */
export function releaseOf({ user, hasOthers, before, after }: Claimed): Release {
  if (user.emailVerified) return 'refused';
  if (user.status !== 'active' && user.status !== 'inactive') return 'refused';
  if (!hasOthers) return 'nobodys';
  return after.length > 0 || before.length === 0 ? 'kept' : 'refused';
}
