// What proof of address and recovery need from storage: who has an address, and the mailed links that prove it.

import type { LockedAccount, SignInTransaction } from './ports.js';
import type { Account, User } from './types.js';

/** `sign_up`: makes a new account active. `address`: of somebody who is active. `reset`: sets a password. */
export type ProofPurpose = 'sign_up' | 'address' | 'reset';

/** What a link in a mail is good for. */
export interface Proof {
  readonly purpose: ProofPurpose;
  readonly userId: string;
  /** Where the mail went, in its normal form. */
  readonly address: string;
  /** Several have signed up with this address and different passwords: who proves it should choose one. */
  readonly asksPassword: boolean;
  readonly expiresAt: Date;
}

export interface NewProof extends Proof {
  /** SHA-256 of the token, 64 hex digits. */
  readonly tokenHash: string;
}

/** A user whose lock this transaction holds, and whose address may change. */
export interface LockedAddress extends LockedAccount {
  /** The address is this user's from now on, proven, and they are active. @throws ConstraintViolation when another has it */
  takeAddress(address: string): Promise<void>;
  /** Whoever has only signed up no longer stands in the way of somebody who has no more proof; their link still works. */
  withholdAddress(): Promise<void>;
  /** The address is nobody's. `nobodys`: nothing else lets anybody in, so the account is inactive from now on. */
  releaseAddress(options: { readonly nobodys: boolean }): Promise<void>;
  /**
   * The account goes, and its address is free. A host's row is the host's to delete: it stays, inactive, without address and password.
   * @throws ConstraintViolation where something else in the database hangs on the row
   */
  forsake(): Promise<void>;
}

/** One transaction that holds the locks of all who may have a claim to an address. */
export interface AddressTransaction extends SignInTransaction {
  /** @throws ConstraintViolation for a user whose lock was not asked for: read again, and ask for it */
  account(userId: string): LockedAddress;
  /** Who has the address now, whether they have proven it or not; without those who have only signed up. */
  holdersOf(address: string): Promise<readonly User[]>;
  /** Who has signed up with the address, and not proven it. */
  pendingOf(address: string): Promise<string | undefined>;
  /** The ids of both: of all who may have a claim to it. */
  rivalsOf(address: string): Promise<readonly string[]>;
  /** Keeps the proof in place of an older one of the same kind: of one user, or of one address that somebody signed up with. */
  keepProof(proof: NewProof): Promise<void>;
  /** Keeps the one of a new sign-up. @throws ConstraintViolation when somebody has just signed up with the address */
  keepFirstProof(proof: NewProof): Promise<void>;
  /** Uses a token up: of any number of callers one gets true. False also for one that is past its time. */
  takeProof(tokenHash: string): Promise<boolean>;
  /** Takes away one that is past its time: false when a newer one has taken its place, or somebody else has it. */
  dropProof(tokenHash: string): Promise<boolean>;
  /** Ends every link that was mailed to the user. */
  endProofs(userId: string): Promise<void>;
}

/** Storage of addresses and of links that prove them. */
export interface AddressRepository {
  /** Looks without using it up; undefined for one that is unknown, used or replaced. One that is past its time may still be found. */
  findProof(tokenHash: string): Promise<Proof | undefined>;
  /** Some of the sign-ups whose last link has been past its time since then, the oldest first. */
  forsakenSince(date: Date): Promise<readonly NewProof[]>;
  holdersOf(address: string): Promise<readonly User[]>;
  pendingOf(address: string): Promise<{ readonly account: Account; readonly asksPassword: boolean } | undefined>;
  /** Those who have the address, and who has signed up with it. */
  rivalsOf(address: string): Promise<readonly string[]>;
  /**
   * Runs `work` holding the locks of all these users; conflicts run it again.
   * @param sessionId the session that `work` hangs on, read with its user
   * @throws LatchkeyError `unauthenticated` when one of them is gone
   */
  claiming<T>(userIds: readonly string[], work: (transaction: AddressTransaction) => Promise<T>, sessionId?: string): Promise<T>;
}
