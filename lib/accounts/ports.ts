// What the core needs from storage. Dangerous writes exist only on the locked handle.

import type { Removal } from './anti-lockout.js';
import type { AuditEvent } from './audit-events.js';
import type { MailMessage } from './mail-message.js';
import type { NewSession, Session } from './session-ports.js';
import type { Account, Identity, RequestContext, SignInMethod, SocialLink, User, UserStatus, VerifiedIdentity } from './types.js';

export interface NewUser {
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly nickname: string;
  readonly passwordHash?: string;
  readonly language: string;
  /** `inactive`: a sign-up whose address is still to be proven; it does not hold the address. Default: whatever the table has, `active` in ours. */
  readonly status?: 'inactive';
  /** What the host itself would write of this user, by the names of its model's attributes. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface SettingsChange {
  readonly nickname?: string;
  readonly language?: string;
  readonly preferredTheme?: string;
}

/** What may be written of a user; null takes it away. */
export interface UserChange extends SettingsChange {
  readonly passwordHash?: string | null;
  readonly email?: string | null;
  readonly emailVerified?: boolean;
  readonly status?: UserStatus;
}

/** Tokens of a link that is gone, to be revoked at its provider. Plain JSON; the tokens stay encrypted. */
export interface Revocation extends Identity {
  readonly sealedTokens: string;
}

/** Writes that commit together with what they tell of. */
export interface Journal {
  audit(event: AuditEvent, context: RequestContext): Promise<void>;
  mail(message: MailMessage): Promise<void>;
  /** Has the tokens of a link that goes revoked at its provider, after the commit. */
  revokeLater(revocation: Revocation): Promise<void>;
}

/** What a way in depends on besides the account that was read: asked by sign-in, and by the guard in its own transaction. */
export interface MethodFacts {
  /** Undefined where the host could not tell: then there are none to count on. */
  hostMethods(userId: string): Promise<readonly SignInMethod[] | undefined>;
  /** Whose passwords the door tries when this user's address is typed as it is stored, in its order. */
  triedAtDoor(user: User): Promise<readonly User[]>;
  /** Whether the stored hash stands for a password that the person has set; the host may know of one that does not. */
  hasPassword(user: User): Promise<boolean>;
}

/** What is read with the user under the lock, in one statement. */
export interface ReadWithUser {
  /** The session that the change hangs on. */
  readonly sessionId?: string | undefined;
  /** An identity: who has it? */
  readonly identity?: Identity;
}

/** A user whose guard row this transaction holds: the only place where the set of sign-in methods may change. */
export interface LockedAccount extends Journal, MethodFacts {
  /** Read after the lock was taken. */
  readonly account: Account;
  /** The session that was asked for, as it stands now; undefined when it is gone or not this user's. */
  readonly session: Session | undefined;
  /** Whose link the identity is that was asked for; undefined when nobody has it. */
  readonly holder: string | undefined;
  /** @throws ConstraintViolation when the identity or the provider was linked by someone else meanwhile. */
  insertLink(identity: VerifiedIdentity, at: Date): Promise<SocialLink>;
  setPasswordHash(hash: string): Promise<void>;
  /** Needs the rule's word, given under this very lock. */
  remove(removal: Removal): Promise<void>;
  insertSession(session: NewSession): Promise<void>;
  /** Lets a session outlive the link it was opened through. */
  detachSession(sessionId: string): Promise<void>;
  /**
   * Ends every session of the user except one, and every refresh token of that one: no later change that brings back the password
   * or address of before makes it good again.
   */
  revokeSessions(exceptSessionId: string | undefined, at: Date): Promise<void>;
  /** Ends one session of the user's; false when it has ended, or is nobody's or another's. */
  endSession(sessionId: string, at: Date): Promise<boolean>;
  /** Ends every session of the user's except one, which goes on as it is. @returns how many */
  endOtherSessions(exceptSessionId: string | undefined, at: Date): Promise<number>;
}

/** One transaction that creates or signs in a user; it cannot remove a method. */
export interface SignInTransaction extends Journal {
  /** @throws ConstraintViolation when the e-mail address is taken; whatever else the table refuses, `signIn` settles. */
  insertUser(user: NewUser): Promise<User>;
  /** The link that is signed in with for the first time. @throws ConstraintViolation when the identity is taken. */
  insertLink(userId: string, identity: VerifiedIdentity, at: Date): Promise<SocialLink>;
  /** Marks a sign-in by the link, and keeps the identity's new tokens. False when the link is gone. */
  touchLink(linkId: string, identity: VerifiedIdentity, at: Date): Promise<boolean>;
  insertSession(session: NewSession): Promise<void>;
  /** Uses an invitation up; false for one that is unknown, used or past its time. */
  takeInvitation(tokenHash: string): Promise<boolean>;
}

export interface AccountRepository extends MethodFacts {
  /** The user with all links and, if asked for, the session that signs the request; one statement. */
  findAccount(
    userId: string,
    sessionId?: string,
  ): Promise<{ readonly account: Account; readonly session: Session | undefined } | undefined>;
  findByIdentity(identity: Identity): Promise<{ readonly user: User; readonly link: SocialLink } | undefined>;
  /**
   * Who has this address, by the product's own normal form whatever the collation of the database, in the order of the password
   * door: first whose address is stored exactly like this, then by id; at most four.
   */
  findByAddress(address: string): Promise<readonly User[]>;
  /** Puts sealed tokens in the place of `old` alone; false where others stand there, or the link is gone. */
  replaceTokens(linkId: string, old: string, sealedTokens: string | undefined): Promise<boolean>;
  updateSettings(userId: string, change: SettingsChange): Promise<void>;
  /**
   * Runs `work` holding the user's guard row: one READ COMMITTED transaction whose first statement is a write to that row.
   * Deadlocks and certification conflicts run it again; so `work` has no effect outside the transaction.
   * @throws LatchkeyError `unauthenticated` when there is no such user, `unavailable` when the database gives up.
   */
  locked<T>(userId: string, asked: ReadWithUser, work: (locked: LockedAccount) => Promise<T>): Promise<T>;
  /**
   * The same for two users: both guard rows are held before anything is read, in one order of ids for everybody.
   * @param asked the session may be of either of them
   */
  lockedBoth<T>(
    userIds: readonly [string, string],
    asked: ReadWithUser,
    work: (one: LockedAccount, other: LockedAccount) => Promise<T>,
  ): Promise<T>;
  /**
   * The same transaction and retries without a guard row. A table that does not take the name or language of a new user gets plainer
   * ones, in a transaction anew.
   * @throws LatchkeyError `sign_up_refused` where that does not help
   */
  signIn<T>(work: (transaction: SignInTransaction) => Promise<T>): Promise<T>;
  /** Writes one audit row on its own, for what changed nothing. */
  audit(event: AuditEvent, context: RequestContext): Promise<void>;
  /** The newest first; none of whoever had the id before. */
  recentSignIns(user: User, limit: number): Promise<readonly SignInRecord[]>;
}

export interface SignInRecord {
  readonly at: Date;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly provider: string | undefined;
  readonly success: boolean;
}
