// An identity whose address another account has: the person proves that the account is theirs, and the identity is then linked to it.

import type { Links } from './links.js';
import type { PendingIdentities, PendingIdentity } from './pending-identities.js';
import type { AccountRepository } from './ports.js';
import type { SessionRef } from './sessions.js';
import type { Account, RequestContext, SignInMethod, SocialLink, User, VerifiedIdentity } from './types.js';
import { type UsableMethods, usableMethods } from './usable-methods.js';

export type PendingJoin = Extract<PendingIdentity, { readonly why: 'address' }>;

export interface Joins {
  /** Keeps the identity for this browser; false where there is no account that it could be linked to. */
  ask(browser: string, identity: VerifiedIdentity, returnTo: string): Promise<boolean>;
  pending(browser: string): Promise<PendingJoin | undefined>;
  /**
   * The ways into the accounts that have the address. Undefined where the provider does not vouch for it: anybody may have said
   * it, and learns nothing.
   */
  ways(pending: PendingJoin): Promise<readonly SignInMethod[] | undefined>;
  /**
   * Links it to whoever has just signed in, if the account is one of those; undefined for any other, and then it waits.
   * @throws LatchkeyError what linking throws
   */
  finish(browser: string, user: User, opened: SessionRef, context: RequestContext): Promise<SocialLink | undefined>;
}

export interface JoinsOptions {
  readonly pendings: PendingIdentities;
  readonly repository: AccountRepository;
  readonly usable: UsableMethods;
  readonly links: Pick<Links, 'link'>;
}

export function createJoins({ pendings, repository, usable, links }: JoinsOptions): Joins {
  async function pending(browser: string): Promise<PendingJoin | undefined> {
    const found = await pendings.peek(browser);
    return found?.why === 'address' ? found : undefined;
  }

  /** Those that may act, and have room for it. */
  async function accountsOf(ids: readonly string[], provider: string): Promise<readonly Account[]> {
    const found = await Promise.all(ids.map((id) => repository.findAccount(id)));
    const accounts = found.flatMap((each) => (each === undefined ? [] : [each.account]));
    return accounts.filter(({ user, links: own }) => user.status === 'active' && own.every((link) => link.provider !== provider));
  }

  return {
    pending,
    async ask(browser, identity, returnTo) {
      const { email } = identity.profile;
      const having = email === undefined ? [] : await repository.findByAddress(email);
      const accounts = await accountsOf(
        having.map(({ id }) => id),
        identity.provider,
      );
      if (accounts.length === 0) return false;
      await pendings.keep(browser, { why: 'address', owners: accounts.map(({ user }) => user.id), returnTo, identity });
      return true;
    },
    async ways({ owners, identity }) {
      if (!identity.profile.emailVerified) return undefined;
      const accounts = await accountsOf(owners, identity.provider);
      return (await Promise.all(accounts.map((account) => usableMethods(account, repository, usable)))).flat();
    },
    async finish(browser, user, opened, context) {
      const found = await pending(browser);
      if (found === undefined || !found.owners.includes(user.id)) return undefined;
      const link = await links.link(user.id, found.identity, context, { preparedIn: opened, userSince: user.createdAt.getTime() });
      await pendings.forget(browser);
      return link;
    },
  };
}
