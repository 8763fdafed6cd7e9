// Proof of address: a mailed link is followed, or requested again, or requested by a person who wants another address.

import type { AddressClaims } from './address-claims.js';
import type { AddressRepository, AddressTransaction, LockedAddress, Proof } from './address-ports.js';
import { LatchkeyError } from './errors.js';
import { normalEmail } from './keys.js';
import type { Notices } from './notices.js';
import type { PasswordHasher } from './password-hasher.js';
import { assertGoodPassword } from './password-rule.js';
import type { ProofMails } from './proof-mails.js';
import { isOver, tokenHash } from './proof-tokens.js';
import type { Session } from './session-ports.js';
import { assertActive, assertStillSignedIn } from './sessions.js';
import type { Turns } from './turns.js';
import type { Account, RequestContext, User } from './types.js';
import { untilSettled } from './until-settled.js';

export interface AddressesOptions {
  readonly addresses: AddressRepository;
  readonly claims: AddressClaims;
  readonly mails: ProofMails;
  readonly notices: Notices;
  readonly hasher: PasswordHasher;
  readonly turns: Turns;
}

export interface NewPassword {
  readonly password: string;
  /** In which hashing waits for its turn. */
  readonly line: string;
}

export interface Addresses {
  /** Who has signed up with the address, and not proven it. */
  pending(address: string): Promise<User | undefined>;
  /** What a link is good for, without using it up. @throws LatchkeyError `verify_link_invalid`, `verify_link_expired` */
  peek(token: string): Promise<Proof>;
  /**
   * Uses the link up: the address is this user's. A sign-up becomes an active account, a change of address is made.
   * @param chosen takes the place of the password that a sign-up came with; of anybody else it changes nothing
   * @throws LatchkeyError `verify_link_invalid`, `verify_link_expired`, `email_taken` when somebody else has proven the address meanwhile
   */
  verify(token: string, chosen: NewPassword | undefined, context: RequestContext): Promise<User>;
  /** Mails the link again to an address that is still to be proven; says nothing about whether there is one. */
  resend(address: string, mayMail: boolean, context: RequestContext): Promise<void>;
  /**
   * Mails a link to the address that somebody wants to have; theirs stays as it is until the link is followed. Says nothing about
   * whether another has it.
   * @throws LatchkeyError `unauthenticated` when the session that asks ended meanwhile
   */
  change(request: AddressChange, context: RequestContext): Promise<void>;
}

export interface AddressChange {
  readonly account: Account;
  readonly asking: Session | undefined;
  readonly address: string;
  readonly mayMail: boolean;
}

const invalid = () => new LatchkeyError('verify_link_invalid');

/** Whoever was deleted has no link either. */
function deletedIsInvalid(error: unknown): never {
  throw error instanceof LatchkeyError && error.code === 'unauthenticated' ? invalid() : error;
}

export function createAddresses({ addresses, claims, mails, notices, hasher, turns }: AddressesOptions): Addresses {
  async function peek(token: string): Promise<Proof> {
    const proof = await addresses.findProof(tokenHash(token));
    if (proof === undefined || proof.purpose === 'reset') throw invalid();
    if (isOver(proof)) throw new LatchkeyError('verify_link_expired');
    return proof;
  }

  async function activate(
    transaction: AddressTransaction,
    locked: LockedAddress,
    { address }: Proof,
    hash: string | undefined,
  ): Promise<void> {
    if (hash !== undefined) await locked.setPasswordHash(hash);
    const { email } = locked.account.user;
    // A host keeps addresses as they were typed.
    await locked.takeAddress(email !== undefined && normalEmail(email) === address ? email : address);
    await transaction.endProofs(locked.account.user.id);
  }

  async function follow(token: string, hash: string | undefined, context: RequestContext): Promise<User> {
    const proof = await peek(token);
    const { address, purpose, userId } = proof;
    const rivals = await claims.rivals(address);
    return await addresses.claiming([userId, ...rivals], async (transaction) => {
      if (!(await transaction.takeProof(tokenHash(token)))) throw invalid();
      const locked = transaction.account(userId);
      const { user } = locked.account;
      if (purpose === 'sign_up' ? user.status !== 'inactive' : user.status !== 'active') throw invalid();
      await claims.clear(transaction, address, userId, context);
      await activate(transaction, locked, proof, purpose === 'sign_up' ? hash : undefined);
      const moves = purpose === 'address' && (user.email === undefined || normalEmail(user.email) !== address);
      await transaction.audit({ event: moves ? 'auth.change_email.success' : 'auth.verify_email.success', userId }, context);
      // Their address is still the one of before here: that is who is told.
      if (moves) await notices.send(locked, user, 'address_changed');
      return { ...user, email: address, emailVerified: true, status: 'active' };
    });
  }

  return {
    pending: async (address) => (await addresses.pendingOf(address))?.account.user,
    peek,
    async verify(token, chosen, context) {
      await peek(token);
      if (chosen !== undefined) assertGoodPassword(chosen.password);
      const hash = chosen && (await turns.take(chosen.line, () => hasher.hash(chosen.password)));
      return await untilSettled(() => follow(token, hash, context)).catch(deletedIsInvalid);
    },
    async resend(given, mayMail, context) {
      const address = normalEmail(given);
      const pending = await addresses.pendingOf(address);
      const holders = await addresses.holdersOf(address);
      const holder = holders.find(({ status, emailVerified }) => status === 'active' && !emailVerified);
      const isProven = holders.some(({ emailVerified }) => emailVerified);
      const user = isProven ? undefined : (pending?.account.user ?? holder);
      await addresses.claiming(user === undefined ? [] : [user.id], async (transaction) => {
        await transaction.audit({ event: 'auth.resend_verification.requested', userId: user?.id }, context);
        if (user === undefined || !mayMail) return;
        const isPending = pending?.account.user.id === user.id;
        // Proven since it was looked for: then there is nothing to prove any more.
        if (isPending && (await transaction.pendingOf(address)) !== user.id) return;
        await mails.issue(transaction, user, {
          ...{ purpose: isPending ? 'sign_up' : 'address', address },
          asksPassword: isPending && pending?.asksPassword === true,
        });
      });
    },
    async change({ account, asking, address: given, mayMail }, context) {
      const address = normalEmail(given);
      const { id } = account.user;
      const holders = await addresses.holdersOf(address);
      const isAnothers = holders.some((holder) => holder.id !== id && (holder.emailVerified || holder.status !== 'active'));
      const keep = async (transaction: AddressTransaction) => {
        const locked = transaction.account(id);
        const { user } = locked.account;
        assertActive(user);
        assertStillSignedIn(asking, locked);
        await transaction.audit({ event: 'auth.change_email.requested', userId: id }, context);
        const isOwn = user.emailVerified && user.email !== undefined && normalEmail(user.email) === address;
        if (!isOwn && !isAnothers && mayMail) await mails.issue(transaction, user, { purpose: 'address', address });
      };
      await addresses.claiming([id], keep, asking?.id);
    },
  };
}
