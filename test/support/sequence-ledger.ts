// What is known of everybody while a sequence is played: who owns what, whose sessions live, and who came in so far.

import type { ApiClient, BrowserClient } from './client.js';
import type { Person } from './person.js';
import type { ProviderId } from './way-in-world.js';

export interface OwnedIdentity {
  readonly provider: ProviderId;
  readonly who: Person;
}

export interface Account {
  /** The public id. */
  readonly id: string;
  /** By what `identityIn` calls them. */
  readonly identities: Map<string, OwnedIdentity>;
  password: string | undefined;
  /** As it was claimed, typed or moved to. */
  address: string | undefined;
  /** A provider vouched for the address when it made the account. */
  readonly isVerified: boolean;
  readonly passkeys: string[];
  /** Whether they come in at present; undefined since the operator turned something. */
  comesIn: boolean | undefined;
  /** Came in after whatever changed last. */
  proven: boolean;
}

export interface Session {
  readonly account: Account;
  readonly client: ApiClient | BrowserClient;
  /** Which provider opened it, while it hangs on that link. */
  via: ProviderId | undefined;
  /** `unsure`: the host changed the password behind it, and nothing says what becomes of it. */
  state: 'lives' | 'over' | 'unsure';
  /** Its refresh token was made for another address or password; undefined where that is not known. */
  refreshIsOver: boolean | undefined;
  /** Refresh tokens that were used. */
  readonly used: string[];
}

/** A link that was begun: ended by whoever comes back from the provider. */
export interface Pending {
  readonly session: Session;
  readonly provider: ProviderId;
  /** Whether it linked, and what was said. */
  readonly end: () => Promise<{ readonly linked: boolean; readonly said: string; readonly key: string; readonly who: Person }>;
}

export interface NewAccount {
  readonly address: string | undefined;
  readonly password?: string;
  readonly isVerified?: boolean;
}

export class Ledger {
  readonly accounts = new Map<string, Account>();
  readonly sessions: Session[] = [];
  readonly pending: Pending[] = [];

  newAccount(id: string, { address, password, isVerified = false }: NewAccount): Account {
    const holds = { identities: new Map<string, OwnedIdentity>(), passkeys: [], address, password, isVerified };
    const account: Account = { id, ...holds, comesIn: true, proven: true };
    this.accounts.set(id, account);
    return account;
  }

  /** Something was changed: whoever came in has to show it again. */
  changed(): void {
    for (const account of this.accounts.values()) account.proven = false;
  }

  ownerOf(key: string): Account | undefined {
    return [...this.accounts.values()].find(({ identities }) => identities.has(key));
  }

  /** What an account has of a provider, in service or not. */
  linkAt({ identities }: Account, provider: ProviderId): string | undefined {
    return [...identities].find(([, identity]) => identity.provider === provider)?.[0];
  }

  livingOf(account: Account): readonly Session[] {
    return this.sessions.filter((session) => session.account === account && session.state === 'lives');
  }

  over(): readonly Session[] {
    return this.sessions.filter(({ state }) => state === 'over');
  }

  open(account: Account, client: Session['client'], via: ProviderId | undefined): Session {
    const session: Session = { account, client, via, state: 'lives', refreshIsOver: false, used: [] };
    this.sessions.push(session);
    return session;
  }

  /** Contract, section 8: what was opened through the link ends with it, except the session that asked. */
  unlinked(account: Account, provider: ProviderId, asking: Session | undefined): void {
    const key = this.linkAt(account, provider);
    if (key !== undefined) account.identities.delete(key);
    for (const session of this.livingOf(account)) if (session.via === provider && session !== asking) session.state = 'over';
    if (asking?.via === provider) asking.via = undefined;
  }

  /** Contract, sections 3 and 8: every other session ends, and every refresh token. */
  passwordChanged(account: Account, password: string | undefined, asking: Session): void {
    account.password = password;
    for (const session of this.livingOf(account)) {
      if (session !== asking) session.state = 'over';
      session.refreshIsOver = true;
    }
  }

  /** The host wrote the address in another spelling, or in the same one: refresh tokens end by the first alone. */
  respelledByHost(account: Account): void {
    for (const session of this.livingOf(account)) if (session.refreshIsOver === false) session.refreshIsOver = undefined;
  }

  /** The host put back an address of before: tokens made for it hold again, others end. */
  movedBackByHost(account: Account): void {
    for (const session of this.livingOf(account)) session.refreshIsOver = undefined;
  }

  /** The host did it: refresh tokens end; of the rest nothing is said. */
  changedByHost(account: Account, what: 'address' | 'password'): void {
    for (const session of this.livingOf(account)) {
      session.refreshIsOver = true;
      if (what === 'password') session.state = 'unsure';
    }
  }
}
