// Which ways in work now: one predicate for each kind of method, asked by sign-in and by the guard. A method that sign-in would refuse is
// never counted.

import type { Removable } from './anti-lockout.js';
import { normalEmail } from './keys.js';
import type { MethodFacts } from './ports.js';
import type { Account, SignInMethod, SocialLink, User } from './types.js';

/** What the running configuration accepts. */
export interface UsableMethods {
  readonly passwordSignIn: boolean;
  /** Whether the link's provider would let its owner in; undefined where only the next sign-in can tell. */
  acceptsLink(link: SocialLink): boolean | undefined;
  /** False for a provider whose links the host does not let go. Default: all may. */
  mayUnlink?(provider: string): boolean;
  /** Whether a right password could be told by this hash. */
  canVerify(hash: string): boolean;
  /** Whether a link in a mail to a proven address counts as a way in. Default false. */
  readonly recoveryCounts?: boolean;
}

export function methodId(removable: Removable): string {
  switch (removable.kind) {
    case 'password':
      return 'password';
    case 'link':
      return `link:${removable.provider}`;
    case 'host':
      return `host:${removable.id}`;
  }
}

/** A password that its owner set and that can be verified: only such a one is tried at the door. */
export async function hasUsablePassword(user: User, facts: MethodFacts, usable: UsableMethods): Promise<boolean> {
  return user.passwordHash !== undefined && usable.canVerify(user.passwordHash) && (await facts.hasPassword(user));
}

/** Nobody's until the address is proven: sign-in refuses the right password, too. */
const isUnprovenSignUp = ({ status, emailVerified }: User) => status === 'inactive' && !emailVerified;

/** Asked for by mail, a new password makes the next sign-in possible. */
function recoveryMethod({ status, email, emailVerified }: User, { recoveryCounts }: UsableMethods): readonly SignInMethod[] {
  return recoveryCounts === true && status === 'active' && email !== undefined && emailVerified ? [{ id: 'recovery' }] : [];
}

/** Accounts are made with the normal form of what somebody typed: they may type it so again, and find first whose row has it so. */
const mayBeTypedLike = ({ email }: User, other: User) =>
  email !== undefined && email === normalEmail(email) && other.email?.normalize() !== email;

/**
 * The password, if it signs in this user while password sign-in is on and their address is typed as it is stored. It is unsure
 * where another user's is tried first then, or in the other's spelling: should the two be the same, it opens the other's account.
 */
async function passwordMethod(user: User, facts: MethodFacts, usable: UsableMethods): Promise<readonly SignInMethod[]> {
  if (!usable.passwordSignIn || isUnprovenSignUp(user) || !(await hasUsablePassword(user, facts, usable))) return [];
  const tried = (await facts.triedAtDoor(user)).filter(({ passwordHash }) => passwordHash !== undefined && usable.canVerify(passwordHash));
  const turn = tried.findIndex(({ id }) => id === user.id);
  if (turn < 0) return [];
  const isSure = turn === 0 && !tried.some((other) => mayBeTypedLike(user, other));
  return [{ id: methodId({ kind: 'password' }), ...(isSure ? {} : { unsure: true }) }];
}

/**
 * Ids of the users whose password the door tries after this user's, or not at all because of them, where theirs is typed as they
 * may type it.
 */
export async function passwordsBehind(user: User, facts: MethodFacts, usable: UsableMethods): Promise<readonly string[]> {
  if (!usable.passwordSignIn || !(await hasUsablePassword(user, facts, usable))) return [];
  const behind: string[] = [];
  for (const other of await facts.triedAtDoor(user)) {
    if (other.id === user.id || !(await hasUsablePassword(other, facts, usable))) continue;
    const turns = (await facts.triedAtDoor(other)).map(({ id }) => id);
    const [mine, theirs] = [turns.indexOf(user.id), turns.indexOf(other.id)];
    if (mine >= 0 && (theirs < 0 || mine < theirs || mayBeTypedLike(other, user))) behind.push(other.id);
  }
  return behind;
}

/** The links that sign this user in; unsure are those of which only the provider knows whether it still lets them in. */
function linkMethods({ links }: Account, usable: UsableMethods): readonly SignInMethod[] {
  return links.flatMap((link) => {
    const accepted = usable.acceptsLink(link);
    if (accepted === false) return [];
    const id = methodId({ kind: 'link', provider: link.provider });
    return accepted === true ? [{ id }] : [{ id, unsure: true }];
  });
}

/** Every method that works now. */
export async function usableMethods(account: Account, facts: MethodFacts, usable: UsableMethods): Promise<readonly SignInMethod[]> {
  return [
    ...(await passwordMethod(account.user, facts, usable)),
    ...linkMethods(account, usable),
    ...recoveryMethod(account.user, usable),
    ...((await facts.hostMethods(account.user.id)) ?? []),
  ];
}

/** As many of the methods that work now as settle whether this one may go: what costs a question is asked last. */
export async function decidingMethods(
  account: Account,
  removing: Removable,
  facts: MethodFacts,
  usable: UsableMethods,
): Promise<readonly SignInMethod[]> {
  const id = methodId(removing);
  const settles = (methods: readonly SignInMethod[]) => methods.some((method) => method.id !== id && method.unsure !== true);
  const links = [...linkMethods(account, usable), ...recoveryMethod(account.user, usable)];
  if (settles(links)) return links;
  const others = [...links, ...((await facts.hostMethods(account.user.id)) ?? [])];
  if (settles(others)) return others;
  return [...others, ...(await passwordMethod(account.user, facts, usable))];
}
