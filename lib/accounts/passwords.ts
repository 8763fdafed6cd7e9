// Passwords: sign in, sign up, set and remove; removing one is a removal like any other.

import { LatchkeyError } from '../errors.js';
import { confirmRemoval, type UsableMethods } from './anti-lockout.js';
import { normalEmail } from './keys.js';
import type { Notices } from './notices.js';
import type { Permit } from './permit.js';
import { type AccountRepository, ConstraintViolation, type Session } from './ports.js';
import type { MakeSession, SessionKind } from './sessions.js';
import type { SignedIn } from './sign-in.js';
import { assertActive, assertStillSignedIn } from './status.js';
import type { Account, RequestContext, User } from './types.js';

/** Characters; Cloudreve's own bound. */
export const MIN_PASSWORD_LENGTH = 6;

/** How passwords are turned into what is stored. A host with hashes of its own brings its own. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password, and for a hash it cannot read. */
  verify(hash: string, password: string): Promise<boolean>;
}

export interface PasswordsOptions {
  readonly repository: AccountRepository;
  readonly usable: UsableMethods;
  readonly notices: Notices;
  readonly hasher: PasswordHasher;
  readonly signUp: boolean;
  readonly makeSession: MakeSession;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Who changes a password, and what they show for it. */
export interface PasswordChange {
  readonly account: Account;
  readonly asking: Session | undefined;
  readonly currentPassword: string | undefined;
}

export interface Passwords {
  /** @throws LatchkeyError `provider_disabled` while password sign-in is off, `invalid_credentials`, `user_banned`, `user_inactive` */
  signIn(credentials: Credentials, opens: SessionKind, context: RequestContext): Promise<SignedIn>;
  /** @throws LatchkeyError `provider_disabled`, `sign_up_disabled`, `email_taken` */
  signUp(credentials: Credentials & { readonly language: string }, context: RequestContext): Promise<User>;
  /** Ends every other session. @throws LatchkeyError `wrong_current_password` */
  set(change: PasswordChange, password: string, context: RequestContext): Promise<void>;
  /** Ends every other session. @throws LatchkeyError `wrong_current_password`, `only_sign_in_method` */
  remove(change: PasswordChange, permit: Permit, context: RequestContext): Promise<void>;
}

export function createPasswords(options: PasswordsOptions): Passwords {
  const { repository, usable, notices, hasher } = options;

  /** Checked against, so that an unknown address takes as long as a known one. */
  let nobodysHash: Promise<string> | undefined;
  const decoy = () => {
    nobodysHash ??= hasher.hash('nobody has this password');
    return nobodysHash;
  };

  function assertSwitchedOn(): void {
    if (!usable.passwordSignIn) throw new LatchkeyError('provider_disabled', { message: 'Password sign-in is not enabled' });
  }

  async function assertKnows({ account, currentPassword }: PasswordChange): Promise<void> {
    const { passwordHash } = account.user;
    if (passwordHash === undefined) return;
    if (currentPassword === undefined || !(await hasher.verify(passwordHash, currentPassword))) {
      throw new LatchkeyError('wrong_current_password');
    }
  }

  /** The slow check ran before the lock, on a hash that must still be the one. */
  function assertUnchanged(before: Account, under: Account): void {
    assertActive(under.user);
    if (before.user.passwordHash !== under.user.passwordHash) throw new LatchkeyError('wrong_current_password');
  }

  return {
    async signIn({ email, password }, opens, context) {
      assertSwitchedOn();
      const user = await repository.findByEmail(email);
      const right = await hasher.verify(user?.passwordHash ?? (await decoy()), password);
      if (user?.passwordHash === undefined || !right) throw new LatchkeyError('invalid_credentials');
      assertActive(user);
      const session = options.makeSession(opens, user.id, undefined);
      // Under the lock: a password that is changed meanwhile ends every session, and must not miss this one.
      await repository.locked(user.id, undefined, async (locked) => {
        assertActive(locked.account.user);
        if (locked.account.user.passwordHash !== user.passwordHash) throw new LatchkeyError('invalid_credentials');
        await locked.insertSession(session);
        await locked.audit({ event: 'auth.password.sign_in.success', userId: user.id }, context);
      });
      return { user, session };
    },

    async signUp({ email, password, language }, context) {
      assertSwitchedOn();
      if (!options.signUp) throw new LatchkeyError('sign_up_disabled', { message: 'Sign-up is closed' });
      const address = normalEmail(email);
      const passwordHash = await hasher.hash(password);
      if ((await repository.findByEmail(address)) !== undefined) throw new LatchkeyError('email_taken');
      const nickname = address.split('@')[0] ?? address;
      try {
        return await repository.signIn(async (transaction) => {
          const user = await transaction.insertUser({ email: address, emailVerified: false, nickname, passwordHash, language });
          await transaction.audit({ event: 'auth.password.sign_up.success', userId: user.id }, context);
          return user;
        });
      } catch (error) {
        throw error instanceof ConstraintViolation ? new LatchkeyError('email_taken', { cause: error }) : error;
      }
    },

    async set(change, password, context) {
      await assertKnows(change);
      const hash = await hasher.hash(password);
      await repository.locked(change.account.user.id, change.asking?.id, async (locked) => {
        const { user } = locked.account;
        assertUnchanged(change.account, locked.account);
        assertStillSignedIn(change.asking, locked);
        await locked.setPasswordHash(hash);
        await locked.revokeSessions(change.asking?.id, new Date());
        await locked.audit({ event: 'auth.password.set.success', userId: user.id }, context);
        await notices.send(locked, user, user.passwordHash === undefined ? 'password_set' : 'password_changed');
      });
    },

    async remove(change, permit, context) {
      await assertKnows(change);
      await repository.locked(change.account.user.id, change.asking?.id, async (locked) => {
        const { user } = locked.account;
        if (user.passwordHash === undefined) return;
        assertUnchanged(change.account, locked.account);
        assertStillSignedIn(change.asking, locked);
        await locked.remove(confirmRemoval(locked, permit, usable));
        await locked.revokeSessions(change.asking?.id, new Date());
        await locked.audit({ event: 'auth.password.remove.success', userId: user.id }, context);
        await notices.send(locked, user, 'password_removed');
      });
    },
  };
}
