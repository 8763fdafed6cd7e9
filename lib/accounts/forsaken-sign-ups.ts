// Sign-ups whose address nobody proved: they are removed after a while, so that they neither fill a table nor keep what people typed.

import { randomUUID } from 'node:crypto';
import type { AddressRepository, LockedAddress, NewProof } from './address-ports.js';
import { LatchkeyError } from './errors.js';
import type { RequestContext } from './types.js';
import { ConstraintViolation } from './until-settled.js';

/** How long a sign-up waits after its last link was over, in milliseconds: so long a link may still be asked for again. */
export const FORSAKEN_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

type Ending = 'forsake' | 'release';

/** Only whoever never was anybody: what an operator, the host or a link has made of them meanwhile stays. */
function isNobody({ account: { user, links } }: LockedAddress): boolean {
  return user.status === 'inactive' && !user.emailVerified && links.length === 0;
}

/** Removes some of those that are forsaken by then. An invitation that one of them used up is not given back. */
export type RemoveForsaken = (now: Date) => Promise<void>;

export function createRemoveForsaken(addresses: AddressRepository): RemoveForsaken {
  async function end({ userId, tokenHash }: NewProof, ending: Ending): Promise<void> {
    const context: RequestContext = { correlationId: randomUUID(), ip: undefined, userAgent: undefined };
    await addresses.claiming([userId], async (transaction) => {
      // Asked for again meanwhile: then it waits on.
      if (!(await transaction.dropProof(tokenHash))) return;
      const locked = transaction.account(userId);
      if (!isNobody(locked)) return;
      await transaction.audit({ event: 'auth.password.sign_up.forsaken', userId }, context);
      await (ending === 'forsake' ? locked.forsake() : locked.releaseAddress({ nobodys: true }));
    });
  }

  /** The host deleted the row without a word. */
  const dropAlone = ({ tokenHash }: NewProof) => addresses.claiming([], (transaction) => transaction.dropProof(tokenHash));

  async function remove(proof: NewProof): Promise<void> {
    try {
      await end(proof, 'forsake');
    } catch (error) {
      if (error instanceof ConstraintViolation) await end(proof, 'release');
      else if (error instanceof LatchkeyError && error.code === 'unauthenticated') await dropAlone(proof);
      else throw error;
    }
  }

  return async (now) => {
    const forsaken = await addresses.forsakenSince(new Date(now.getTime() - FORSAKEN_AFTER_MS));
    for (const proof of forsaken) await remove(proof);
  };
}
