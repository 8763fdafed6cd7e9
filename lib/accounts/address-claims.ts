// A person who proves an address gets it: everybody else who merely typed it loses it, under their own locks, in the same transaction.

import type { AddressRepository, AddressTransaction, LockedAddress } from './address-ports.js';
import { LatchkeyError } from './errors.js';
import type { RequestContext, SignInMethod, User } from './types.js';
import { type UsableMethods, usableMethods } from './usable-methods.js';

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

export interface AddressClaims {
  /** Whose locks a proof of the address needs, besides that of whoever proves it. */
  rivals(address: string): Promise<readonly string[]>;
  /** For somebody who has the address without proof: a sign-up that has none either does not hold it. */
  pass(transaction: AddressTransaction, address: string): Promise<void>;
  /**
   * Takes the address away from all others.
   * @param claimant who proves it; undefined for a user who is still to be made
   * @throws LatchkeyError `email_taken` when it must stay where it is, ConstraintViolation when a lock is missing: then read again
   */
  clear(transaction: AddressTransaction, address: string, claimant: string | undefined, context: RequestContext): Promise<void>;
}

export interface AddressClaimsOptions {
  readonly addresses: AddressRepository;
  readonly usable: UsableMethods;
  /** False where addresses are believed unproven: then whoever is active keeps theirs. */
  readonly proofWins: boolean;
}

export function createAddressClaims({ addresses, usable, proofWins }: AddressClaimsOptions): AddressClaims {
  async function release(locked: LockedAddress, context: RequestContext): Promise<void> {
    const { user, links } = locked.account;
    const without = { user: { ...user, email: undefined, emailKey: undefined, emailVerified: false }, links };
    // Where the host cannot say, there may be something.
    const ofHost = await locked.hostMethods(user.id);
    const hasOthers = links.length > 0 || ofHost === undefined || ofHost.length > 0;
    const before = await usableMethods(locked.account, locked, usable);
    const outcome = releaseOf({ user, hasOthers, before, after: await usableMethods(without, locked, usable) });
    if (outcome === 'refused' || (!proofWins && user.status === 'active')) throw new LatchkeyError('email_taken');
    await locked.releaseAddress({ nobodys: outcome === 'nobodys' });
    if (outcome === 'nobodys') await locked.revokeSessions(undefined, new Date());
    await locked.audit({ event: 'auth.address.lost', userId: user.id, detail: { outcome } }, context);
  }

  return {
    rivals: (address) => addresses.rivalsOf(address),
    async pass(transaction, address) {
      const pending = await transaction.pendingOf(address);
      if (pending !== undefined) await transaction.account(pending).withholdAddress();
    },
    async clear(transaction, address, claimant, context) {
      for (const id of new Set(await transaction.rivalsOf(address))) if (id !== claimant) await release(transaction.account(id), context);
    },
  };
}
