// What is known of everybody while a sequence is played: who owns what, whose sessions live, and who came in so far.

import { normalEmail } from '../../lib/accounts/keys.js';
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
  /** A provider vouched for the address when it made the account, or a link that was mailed there was followed. */
  isVerified: boolean;
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

/** Who has signed up and not proven the address yet: nobody, so far. */
export interface PendingSignUp {
  /** The public id that the account will have. */
  readonly id: string;
  /** The one that signs in, once the address is proven. */
  password: string;
  /** Several passwords were typed: the page asks for one. */
  asksPassword: boolean;
}

/** A link in a mail. */
export interface MailedLink {
  readonly purpose: 'sign_up' | 'address' | 'reset';
  /** Where it went, in its normal form. */
  readonly address: string;
  /** The public id of whose it is. */
  readonly id: string;
  readonly token: string;
  isOver: boolean;
}

export interface NewAccount {
  readonly address: string | undefined;
  readonly password?: string;
  readonly isVerified?: boolean;
}

/** Nobody can type the spaces that a host has stored around an address. */
export const spelled = (address: string | undefined): string => (address === undefined ? '' : normalEmail(address));

export class Ledger {
  readonly accounts = new Map<string, Account>();
  readonly sessions: Session[] = [];
  readonly pending: Pending[] = [];
  /** By their address. */
  readonly signUps = new Map<string, PendingSignUp>();
  readonly links: MailedLink[] = [];
  /** Ids of accounts that were never anybody's: their address went to who proved it. */
  readonly #gone = new Set<string>();

  newAccount(id: string, { address, password, isVerified = false }: NewAccount): Account {
    if (this.#gone.has(id)) throw new Error(`${id} was nobody's, and came in`);
    if (this.accounts.has(id)) throw new Error(`${id} was there before`);
    if ([...this.signUps.values()].some((signUp) => signUp.id === id)) throw new Error(`${id} came in without a proof of the address`);
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

  /** Whoever has the address, in whatever spelling. */
  at(address: string): readonly Account[] {
    return [...this.accounts.values()].filter((account) => account.address !== undefined && spelled(account.address) === spelled(address));
  }

  /** A newer link of a kind ends the older one: of an address that somebody signs up with, else of the account. */
  mailed(link: Omit<MailedLink, 'isOver'>): void {
    const isSameKind = ({ purpose, address, id }: MailedLink) =>
      purpose === link.purpose && (purpose === 'sign_up' ? address === link.address : id === link.id);
    for (const older of this.links) if (isSameKind(older)) older.isOver = true;
    this.links.push({ ...link, isOver: false });
  }

  endLinksOf(id: string, { but }: { readonly but?: MailedLink['purpose'] } = {}): void {
    for (const link of this.links) if (link.id === id && link.purpose !== but) link.isOver = true;
  }

  /** Contract, section 9: who proves an address gets it from whoever merely typed it. */
  proven(address: string, by: string | undefined): void {
    for (const account of this.at(address)) {
      if (account.id === by) continue;
      if (account.isVerified) throw new Error(`${account.id} has proven ${address}, and lost it`);
      this.endLinksOf(account.id);
      account.address = undefined;
      const isNobodys = account.identities.size === 0 && account.passkeys.length === 0;
      for (const session of this.livingOf(account)) {
        if (isNobodys) session.state = 'over';
        session.refreshIsOver = true;
      }
      if (isNobodys) this.#end(account.id);
    }
    const signUp = this.signUps.get(address);
    this.signUps.delete(address);
    if (signUp !== undefined && signUp.id !== by) this.#end(signUp.id);
  }

  #end(id: string): void {
    this.endLinksOf(id);
    this.accounts.delete(id);
    this.#gone.add(id);
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
  passwordChanged(account: Account, password: string | undefined, asking: Session | undefined): void {
    account.password = password;
    if (password !== undefined) this.endLinksOf(account.id, { but: 'sign_up' });
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

  /** Every session of somebody ends. */
  allOver(account: Account): void {
    for (const session of this.livingOf(account)) session.state = 'over';
  }

  /** The host did it: refresh tokens end; of the rest nothing is said. */
  changedByHost(account: Account, what: 'address' | 'password'): void {
    for (const session of this.livingOf(account)) {
      session.refreshIsOver = true;
      if (what === 'password') session.state = 'unsure';
    }
  }
}
