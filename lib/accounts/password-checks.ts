// Checks passwords, in turns; each try is counted at the password door before its check.

import type { AddressRepository } from './address-ports.js';
import { LatchkeyError } from './errors.js';
import { counted, type PasswordDoor, type PasswordTry } from './password-door.js';
import type { PasswordHasher } from './password-hasher.js';
import type { AccountRepository } from './ports.js';
import type { Session } from './session-ports.js';
import type { Turns } from './turns.js';
import type { Account, User } from './types.js';
import { hasUsablePassword, type UsableMethods } from './usable-methods.js';

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

export interface PasswordChecksOptions {
  readonly repository: AccountRepository;
  readonly addresses: Pick<AddressRepository, 'pendingOf'>;
  readonly usable: UsableMethods;
  readonly hasher: PasswordHasher;
  readonly turns: Turns;
}

export interface PasswordChecks {
  /**
   * Who comes in by them, whatever their status; undefined for nobody, which costs as much as somebody.
   * @throws LatchkeyError `email_not_verified` for the right password of a sign-up whose address is still to be proven
   */
  findByCredentials(credentials: Credentials, door: PasswordDoor): Promise<User | undefined>;
  /** @throws LatchkeyError `wrong_current_password` unless whoever has a password shows it */
  assertKnows(change: PasswordChange): Promise<void>;
  /**
   * Where two rows of a host have one address, the door tells them apart by their passwords alone.
   * @param line in which the check waits for its turn
   * @throws LatchkeyError `validation_failed` for a password that another user of the address has
   */
  assertNobodyElses(user: Pick<User, 'id' | 'email'>, password: string, line: string): Promise<void>;
}

/** One try at the door by somebody who is signed in. */
export function attemptOf({ account, door }: PasswordChange): PasswordTry {
  return door.try({ address: undefined, accounts: [account.user.id] });
}

export function createPasswordChecks({ repository, addresses, usable, hasher, turns }: PasswordChecksOptions): PasswordChecks {
  /** Checked against, so that an unknown address takes as long as a known one. */
  let nobodysHash: Promise<string> | undefined;
  const decoy = () => {
    nobodysHash ??= hasher.hash('nobody has this password');
    return nobodysHash;
  };

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

  async function assertNobodyElses({ id: own, email }: Pick<User, 'id' | 'email'>, password: string, line: string): Promise<void> {
    const having = email === undefined ? [] : await repository.findByAddress(email);
    const others = await withPassword(having.filter(({ id, status }) => id !== own && status === 'active'));
    if (others.length === 0) return;
    if ((await turns.take(line, () => whoseIs(password, others))) === undefined) return;
    throw new LatchkeyError('validation_failed', { message: 'NewPassword cannot be used, please choose another' });
  }

  return { findByCredentials, assertKnows, assertNobodyElses };
}
