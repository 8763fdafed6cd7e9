// The anti-lockout rule: no change may take away the last way in. Only this file makes permits and removals, without which nothing is removed.

import { LatchkeyError } from './errors.js';
import type { LockedAccount, MethodFacts } from './ports.js';
import type { Account, SignInMethod } from './types.js';
import { decidingMethods, methodId, type UsableMethods } from './usable-methods.js';

/** What Latchkey itself can remove. */
export type OwnRemovable = { readonly kind: 'password' } | { readonly kind: 'link'; readonly provider: string };

/** What is to be removed: something that Latchkey keeps, or one of the host's ways in, by the id that its `signInMethods` returns. */
export type Removable = OwnRemovable | { readonly kind: 'host'; readonly id: string | number };

declare const permitBrand: unique symbol;
declare const removalBrand: unique symbol;

/** The rule's first answer, which the route's middleware asks for: nothing can be unlinked without a permit. */
export interface Permit {
  readonly userId: string;
  readonly removing: Removable;
  readonly [permitBrand]: true;
}

/** The rule's final answer under the lock: `LockedAccount.remove` requires it, and only `confirmRemoval` makes it. */
export interface Removal {
  readonly removing: OwnRemovable;
  readonly [removalBrand]: true;
}

export const PASSWORD: OwnRemovable = { kind: 'password' };

/** How good a person's best way in is: 2 for one that surely works, 1 for one that may, 0 for none. */
function best(methods: readonly SignInMethod[]): number {
  return Math.max(0, ...methods.map(({ unsure }) => (unsure === true ? 1 : 2)));
}

/** A change may take away whatever it likes while one sure way in remains, or as good a one as there was. */
export function keepsBest(before: readonly SignInMethod[], after: readonly SignInMethod[]): boolean {
  return best(after) >= best(before);
}

/** A method that is unusable anyway may always go; any other only while another usable one remains. */
export function keepsAccess(methods: readonly SignInMethod[], removing: Removable): boolean {
  const id = methodId(removing);
  return keepsBest(
    methods,
    methods.filter((method) => method.id !== id),
  );
}

async function assertMayGo(account: Account, removing: Removable, facts: MethodFacts, usable: UsableMethods): Promise<void> {
  if (removing.kind === 'link' && account.links.every((link) => link.provider !== removing.provider)) throw new LatchkeyError('not_linked');
  if (removing.kind === 'link' && usable.mayUnlink?.(removing.provider) === false) throw new LatchkeyError('not_unlinkable');
  if (!keepsAccess(await decidingMethods(account, removing, facts, usable), removing)) throw new LatchkeyError('only_sign_in_method');
}

/**
 * Asks before anything is locked, so that most refusals cost one read.
 * @throws LatchkeyError `not_linked`, `not_unlinkable`, `only_sign_in_method`
 */
export async function askPermit(account: Account, removing: Removable, facts: MethodFacts, usable: UsableMethods): Promise<Permit> {
  await assertMayGo(account, removing, facts, usable);
  return { userId: account.user.id, removing } as Permit;
}

/**
 * Asks again on what the lock protects: the only answer that counts.
 * @throws LatchkeyError `not_linked`, `not_unlinkable`, `only_sign_in_method`
 */
export async function confirmRemoval(locked: LockedAccount, permit: Permit, usable: UsableMethods): Promise<Removal> {
  const { userId, removing } = permit;
  if (locked.account.user.id !== userId) throw new TypeError('The permit is for another user');
  if (removing.kind === 'host') throw new TypeError("The permit is for a way in of the host's own");
  await assertMayGo(locked.account, removing, locked, usable);
  return { removing } as Removal;
}
