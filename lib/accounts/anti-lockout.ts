// The anti-lockout rule: no change may take away the last way in.

import { LatchkeyError } from '../errors.js';
import type { Permit, Removable, Removal } from './permit.js';
import type { LockedAccount } from './ports.js';
import type { Account, SignInMethod } from './types.js';

/** Which stored methods the running configuration still accepts. */
export interface UsableMethods {
  readonly passwordSignIn: boolean;
  isProviderEnabled(provider: string): boolean;
}

export const PASSWORD: Removable = { kind: 'password' };

export function methodId(removable: Removable): string {
  return removable.kind === 'password' ? 'password' : `link:${removable.provider}`;
}

/**
 * The methods that work now. A link counts while its provider is configured and enabled; a password while password
 * sign-in is on and there is an e-mail address to sign in with.
 */
export function usableMethods(account: Account, hostMethods: readonly SignInMethod[], usable: UsableMethods): readonly SignInMethod[] {
  const { user, links } = account;
  const password = usable.passwordSignIn && user.passwordHash !== undefined && user.email !== undefined;
  return [
    ...(password ? [{ id: methodId(PASSWORD) }] : []),
    ...links
      .filter((link) => usable.isProviderEnabled(link.provider))
      .map(({ provider }) => ({ id: methodId({ kind: 'link', provider }) })),
    ...hostMethods,
  ];
}

/** A method that is unusable anyway may always go; any other only while another usable one remains. */
export function keepsAccess(methods: readonly SignInMethod[], removing: Removable): boolean {
  const id = methodId(removing);
  return methods.every((method) => method.id !== id) || methods.some((method) => method.id !== id);
}

function assertMayGo(account: Account, hostMethods: readonly SignInMethod[], removing: Removable, usable: UsableMethods): void {
  if (removing.kind === 'link' && account.links.every((link) => link.provider !== removing.provider)) throw new LatchkeyError('not_linked');
  if (!keepsAccess(usableMethods(account, hostMethods, usable), removing)) throw new LatchkeyError('only_sign_in_method');
}

/**
 * Asks before anything is locked, so that most refusals cost one read.
 * @throws LatchkeyError `not_linked`, `only_sign_in_method`
 */
export function askPermit(account: Account, hostMethods: readonly SignInMethod[], removing: Removable, usable: UsableMethods): Permit {
  assertMayGo(account, hostMethods, removing, usable);
  return { userId: account.user.id, removing } as Permit;
}

/**
 * Asks again on what the lock protects: the only answer that counts.
 * @throws LatchkeyError `not_linked`, `only_sign_in_method`
 */
export function confirmRemoval(locked: LockedAccount, permit: Permit, usable: UsableMethods): Removal {
  if (locked.account.user.id !== permit.userId) throw new TypeError('The permit is for another user');
  assertMayGo(locked.account, locked.hostMethods, permit.removing, usable);
  return { removing: permit.removing } as Removal;
}
