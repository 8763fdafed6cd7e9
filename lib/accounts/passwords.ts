// Passwords: sign in, sign up, set and remove; removing one falls under the same guard as any removal.

import { deviceName } from '../support/user-agent.js';
import type { Admissions } from './admissions.js';
import { confirmRemoval, type Permit } from './anti-lockout.js';
import { LatchkeyError } from './errors.js';
import { normalEmail } from './keys.js';
import type { Notices } from './notices.js';
import { attemptOf, type Credentials, type PasswordChange, type PasswordChecks } from './password-checks.js';
import type { PasswordDoor } from './password-door.js';
import { assertKept, type PasswordHasher } from './password-hasher.js';
import { assertGoodPassword } from './password-rule.js';
import type { AccountRepository } from './ports.js';
import type { Session } from './session-ports.js';
import { assertActive, assertStillSignedIn, type MakeSession, type SessionKind } from './sessions.js';
import type { SignedIn } from './sign-in.js';
import type { Turns } from './turns.js';
import type { Account, RequestContext, User } from './types.js';
import { ConstraintViolation } from './until-settled.js';
import type { UsableMethods } from './usable-methods.js';

export interface PasswordsOptions {
  readonly repository: AccountRepository;
  readonly checks: PasswordChecks;
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

/** Every method but `signUp` counts wrong passwords at the door; each waits for its turn to hash, and throws what both do. */
export interface Passwords extends Pick<PasswordChecks, 'assertKnows' | 'assertNobodyElses'> {
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
  /** Ends every other session. @throws LatchkeyError `wrong_current_password`, `same_password`, `provider_disabled` where no password can be stored */
  set(change: PasswordChange, password: string, context: RequestContext): Promise<void>;
  /** Ends every other session; does nothing where there is no password. @throws LatchkeyError `wrong_current_password`, `only_sign_in_method` */
  remove(change: PasswordChange, permit: Permit, context: RequestContext): Promise<void>;
  /**
   * The same where somebody else has asked for whatever shows that it is the person.
   * @throws LatchkeyError `password_required` where there is none, `only_sign_in_method`, `unauthenticated`
   */
  removePermitted(permit: Permit, asking: Session | undefined, context: RequestContext): Promise<void>;
}

export function createPasswords(options: PasswordsOptions): Passwords {
  const { repository, checks, admissions, usable, notices, hasher, turns } = options;

  function assertEnabled(enabled: boolean): void {
    if (!enabled) throw new LatchkeyError('provider_disabled', { message: 'Password sign-in is not enabled' });
  }

  /** The slow check ran before the lock, on a hash that must still be the one. */
  function assertUnchanged(before: Account, under: Account): void {
    assertActive(under.user);
    if (before.user.passwordHash !== under.user.passwordHash) throw new LatchkeyError('wrong_current_password');
  }

  /** False where there is none any more. */
  async function removeUnderLock(
    { account, asking }: { readonly account?: Account; readonly asking: Session | undefined },
    permit: Permit,
    context: RequestContext,
  ): Promise<boolean> {
    return await repository.locked(permit.userId, { sessionId: asking?.id }, async (locked) => {
      const { user } = locked.account;
      if (!(await locked.hasPassword(user))) return false;
      if (account !== undefined) assertUnchanged(account, locked.account);
      assertStillSignedIn(asking, locked);
      await locked.remove(await confirmRemoval(locked, permit, usable));
      await locked.revokeSessions(asking?.id, new Date());
      await locked.audit({ event: 'auth.password.remove.success', userId: user.id }, context);
      await notices.send(locked, user, 'password_removed');
      return true;
    });
  }

  return {
    assertKnows: checks.assertKnows,
    assertNobodyElses: checks.assertNobodyElses,
    async signIn(credentials, opens, door, context) {
      assertEnabled(usable.passwordSignIn);
      const user = await checks.findByCredentials(credentials, door);
      if (user === undefined) throw new LatchkeyError('invalid_credentials');
      assertActive(user);
      const session = options.makeSession(opens, { userId: user.id, linkId: undefined, client: context });
      // Under the lock: a password that is changed meanwhile ends every session, and must not miss this one.
      await repository.locked(user.id, {}, async (locked) => {
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
      await checks.assertKnows(change);
      if (change.replaces === true && password === change.currentPassword) throw new LatchkeyError('same_password');
      const { line } = attemptOf(change);
      await checks.assertNobodyElses(change.account.user, password, line);
      const hash = await turns.take(line, () => hasher.hash(password));
      await repository.locked(change.account.user.id, { sessionId: change.asking?.id }, async (locked) => {
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
      await checks.assertKnows(change);
      await removeUnderLock(change, permit, context);
    },
    async removePermitted(permit, asking, context) {
      if (!(await removeUnderLock({ asking }, permit, context))) throw new LatchkeyError('password_required');
    },
  };
}
