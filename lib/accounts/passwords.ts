// Passwords: sign in, sign up, set and remove; removing one is a removal like any other.

import { deviceName } from '../support/user-agent.js';
import type { AddressRepository } from './address-ports.js';
import type { Admissions } from './admissions.js';
import { confirmRemoval } from './anti-lockout.js';
import { LatchkeyError } from './errors.js';
import { assertKept } from './kept-password.js';
import { normalEmail } from './keys.js';
import type { Notices } from './notices.js';
import { counted, type PasswordDoor } from './password-door.js';
import { assertGoodPassword } from './password-rule.js';
import type { Permit } from './permit.js';
import { type AccountRepository, ConstraintViolation, type Session } from './ports.js';
import type { MakeSession, SessionKind } from './sessions.js';
import type { SignedIn } from './sign-in.js';
import { assertActive, assertStillSignedIn } from './status.js';
import type { Turns } from './turns.js';
import type { Account, RequestContext, User } from './types.js';
import { hasUsablePassword, type UsableMethods } from './usable-methods.js';

/** How passwords are turned into what is stored. A host with hashes of its own brings its own. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password, and for a hash it cannot read. */
  verify(hash: string, password: string): Promise<boolean>;
  /**
   * Whether a stored text is a hash that `verify` can read: what it cannot is no password, and no sign-in method.
   * @default every text that is not empty
   */
  canVerify?(hash: string): boolean;
}

export interface PasswordsOptions {
  readonly repository: AccountRepository;
  readonly addresses: Pick<AddressRepository, 'pendingOf'>;
  readonly usable: UsableMethods;
  readonly notices: Notices;
  readonly hasher: PasswordHasher;
  /** The hasher works in these only, but for a check within a transaction, where nobody waits. */
  readonly turns: Turns;
  readonly admissions: Admissions;
  readonly signUp: boolean;
  /** There is somewhere to keep a password: a host may have named no column for it. */
  readonly canStore: boolean;
  readonly makeSession: MakeSession;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Who changes a password, and what they show for it. */
export interface PasswordChange {
  readonly door: PasswordDoor;
  readonly account: Account;
  readonly asking: Session | undefined;
  readonly currentPassword: string | undefined;
  /** There must be a password, and the new one be another: BIO.RE's `change-password`. Default: a first one may be set. */
  readonly replaces?: boolean;
}

/** Every method but `signUp` counts wrong passwords at the door; each waits for its turn to hash, and throws what both do. */
export interface Passwords {
  /**
   * @throws LatchkeyError `provider_disabled` while password sign-in is off, `invalid_credentials`, `user_banned`, `user_inactive`;
   * `email_not_verified` for the right password of a sign-up whose address is still to be proven
   */
  signIn(credentials: Credentials, opens: SessionKind, door: PasswordDoor, context: RequestContext): Promise<SignedIn>;
  /** Without proof of address. @throws LatchkeyError `provider_disabled`, `registration_closed`, `email_taken`, `password_too_common`, `sign_up_refused`, `sign_up_not_allowed` */
  signUp(
    credentials: Credentials & { readonly language: string; readonly nickname?: string | undefined },
    door: PasswordDoor,
    context: RequestContext,
  ): Promise<User>;
  /** @throws LatchkeyError `wrong_current_password` unless whoever has a password shows it */
  assertKnows(change: PasswordChange): Promise<void>;
  /**
   * Where two rows of a host have one address, the door tells them apart by their passwords alone.
   * @param line in which the check waits for its turn
   * @throws LatchkeyError `validation_failed` for a password that another user of the address has
   */
  assertNobodyElses(user: Pick<User, 'id' | 'email'>, password: string, line: string): Promise<void>;
  /** Ends every other session. @throws LatchkeyError `wrong_current_password`, `same_password`, `provider_disabled` where no password can be stored */
  set(change: PasswordChange, password: string, context: RequestContext): Promise<void>;
  /** Ends every other session. @throws LatchkeyError `wrong_current_password`, `only_sign_in_method` */
  remove(change: PasswordChange, permit: Permit, context: RequestContext): Promise<void>;
  /**
   * The same where somebody else has asked for whatever shows that it is the person.
   * @throws LatchkeyError `only_sign_in_method`, `unauthenticated`
   */
  removePermitted(permit: Permit, asking: Session | undefined, context: RequestContext): Promise<void>;
}

export function createPasswords(options: PasswordsOptions): Passwords {
  const { repository, addresses, admissions, usable, notices, hasher, turns } = options;

  /** Checked against, so that an unknown address takes as long as a known one. */
  let nobodysHash: Promise<string> | undefined;
  const decoy = () => {
    nobodysHash ??= hasher.hash('nobody has this password');
    return nobodysHash;
  };

  function assertEnabled(enabled: boolean): void {
    if (!enabled) throw new LatchkeyError('provider_disabled', { message: 'Password sign-in is not enabled' });
  }

  /** Two rows of a host may have one address: whose password it is, is who comes in. Nobody at all costs as much as somebody. */
  async function whoseIs(password: string, users: readonly User[]): Promise<User | undefined> {
    for (const user of users) if (await hasher.verify(user.passwordHash ?? '', password)) return user;
    if (users.length === 0) await hasher.verify(await decoy(), password);
    return undefined;
  }

  async function withPassword(users: readonly User[]): Promise<readonly User[]> {
    const having: User[] = [];
    for (const user of users) if (await hasUsablePassword(user, repository, usable)) having.push(user);
    return having;
  }

  async function findByCredentials({ email, password }: Credentials, door: PasswordDoor): Promise<User | undefined> {
    const holders = await repository.findByAddress(email);
    // Whoever has signed up and not proven the address is told so, if nobody else has it.
    const pending = holders.length === 0 ? await addresses.pendingOf(email) : undefined;
    const having = pending?.account.user.status === 'inactive' ? [pending.account.user] : holders;
    const users = await withPassword(having);
    const attempt = door.try({ address: email, accounts: having.map(({ id }) => id) });
    const found = await turns.take(attempt.line, () => counted(attempt, () => whoseIs(password, users)));
    if (found?.status === 'inactive' && (pending ?? (await addresses.pendingOf(email)))?.account.user.id === found.id)
      throw new LatchkeyError('email_not_verified');
    return found;
  }

  const attemptOf = ({ account, door }: PasswordChange) => door.try({ address: undefined, accounts: [account.user.id] });

  async function assertKnows(change: PasswordChange): Promise<void> {
    const { account, currentPassword } = change;
    const { passwordHash } = account.user;
    if (passwordHash === undefined || !(await repository.hasPassword(account.user))) {
      if (change.replaces === true) throw new LatchkeyError('wrong_current_password');
      return;
    }
    if (currentPassword === undefined) throw new LatchkeyError('wrong_current_password');
    const attempt = attemptOf(change);
    const isRight = () => counted(attempt, () => hasher.verify(passwordHash, currentPassword));
    if (!(await turns.take(attempt.line, isRight))) throw new LatchkeyError('wrong_current_password');
  }

  /** Where two rows of a host have one address, the door tells them apart by their passwords alone. */
  async function assertNobodyElses({ id: own, email }: Pick<User, 'id' | 'email'>, password: string, line: string): Promise<void> {
    const having = email === undefined ? [] : await repository.findByAddress(email);
    const others = await withPassword(having.filter(({ id, status }) => id !== own && status === 'active'));
    if (others.length === 0) return;
    if ((await turns.take(line, () => whoseIs(password, others))) === undefined) return;
    throw new LatchkeyError('validation_failed', { message: 'NewPassword cannot be used, please choose another' });
  }

  /** The slow check ran before the lock, on a hash that must still be the one. */
  function assertUnchanged(before: Account, under: Account): void {
    assertActive(under.user);
    if (before.user.passwordHash !== under.user.passwordHash) throw new LatchkeyError('wrong_current_password');
  }

  async function removeUnderLock(
    { account, asking }: { readonly account?: Account; readonly asking: Session | undefined },
    permit: Permit,
    context: RequestContext,
  ): Promise<void> {
    await repository.locked(permit.userId, asking?.id, async (locked) => {
      const { user } = locked.account;
      if (!(await locked.hasPassword(user))) return;
      if (account !== undefined) assertUnchanged(account, locked.account);
      assertStillSignedIn(asking, locked);
      await locked.remove(await confirmRemoval(locked, permit, usable));
      await locked.revokeSessions(asking?.id, new Date());
      await locked.audit({ event: 'auth.password.remove.success', userId: user.id }, context);
      await notices.send(locked, user, 'password_removed');
    });
  }

  return {
    assertKnows,
    assertNobodyElses,
    async signIn(credentials, opens, door, context) {
      assertEnabled(usable.passwordSignIn);
      const user = await findByCredentials(credentials, door);
      if (user === undefined) throw new LatchkeyError('invalid_credentials');
      assertActive(user);
      const session = options.makeSession(opens, { userId: user.id, linkId: undefined, client: context });
      // Under the lock: a password that is changed meanwhile ends every session, and must not miss this one.
      await repository.locked(user.id, undefined, async (locked) => {
        assertActive(locked.account.user);
        const { email, passwordHash } = locked.account.user;
        // Somebody else may have proven the address meanwhile: then it is no longer the one that was typed.
        if (passwordHash !== user.passwordHash || email !== user.email) throw new LatchkeyError('invalid_credentials');
        await locked.insertSession(session);
        await locked.audit({ event: 'auth.password.sign_in.success', userId: user.id }, context);
      });
      return { user, session };
    },

    async signUp({ email, password, language, nickname: named }, door, context) {
      assertEnabled(usable.passwordSignIn);
      if (!options.signUp) throw new LatchkeyError('registration_closed');
      const address = normalEmail(email);
      assertGoodPassword(password);
      const nickname = named ?? address.split('@')[0] ?? address;
      const profile = { email: address, emailVerified: false, name: nickname, language };
      const wanted = { email: address, emailVerified: false, nickname, language };
      const admitted = await admissions.admit({ newcomer: { identity: undefined, profile }, user: wanted, provesLater: false }, context);
      const passwordHash = await turns.take(door.try({ address, accounts: [] }).line, () => hasher.hash(password));
      if ((await repository.findByAddress(address)).length > 0) throw new LatchkeyError('email_taken');
      try {
        return await repository.signIn(async (transaction) => {
          await admitted.enter(transaction);
          const user = await transaction.insertUser({ ...admitted.user, passwordHash });
          await assertKept(hasher, user, password, passwordHash);
          await transaction.audit({ event: 'auth.password.sign_up.success', userId: user.id }, context);
          return user;
        });
      } catch (error) {
        if (!(error instanceof ConstraintViolation)) throw error;
        throw new LatchkeyError(error.settlesAs ?? 'email_taken', { detail: error.message, cause: error });
      }
    },

    async set(change, password, context) {
      assertEnabled(options.canStore);
      assertGoodPassword(password);
      await assertKnows(change);
      if (change.replaces === true && password === change.currentPassword) throw new LatchkeyError('same_password');
      await assertNobodyElses(change.account.user, password, attemptOf(change).line);
      const hash = await turns.take(attemptOf(change).line, () => hasher.hash(password));
      await repository.locked(change.account.user.id, change.asking?.id, async (locked) => {
        const { user } = locked.account;
        assertUnchanged(change.account, locked.account);
        assertStillSignedIn(change.asking, locked);
        const had = await locked.hasPassword(user);
        await locked.setPasswordHash(hash);
        await locked.revokeSessions(change.asking?.id, new Date());
        const event = change.replaces === true ? 'auth.change_password.success' : 'auth.password.set.success';
        await locked.audit({ event, userId: user.id }, context);
        const from = change.replaces === true ? { device: deviceName(context.userAgent) } : undefined;
        await notices.send(locked, user, had ? 'password_changed' : 'password_set', from);
      });
    },

    async remove(change, permit, context) {
      await assertKnows(change);
      await removeUnderLock(change, permit, context);
    },
    removePermitted: (permit, asking, context) => removeUnderLock({ asking }, permit, context),
  };
}
