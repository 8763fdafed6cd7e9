// Where a random sequence is played, and how the product is held to its promise after every step: who still comes in.

import { isEmailAddress } from '../../lib/accounts/keys.js';
import { ADDRESSES } from './addresses.js';
import { ApiClient } from './client.js';
import type { HttpAnswer } from './http-request.js';
import { newTag } from './new-tag.js';
import type { Person } from './person.js';
import type { Removed } from './removals.js';
import type { RestartableHost, Settings } from './restartable-host.js';
import { type Account, Ledger, type Session, spelled } from './sequence-ledger.js';
import type { Mailbox } from './sequence-mailbox.js';
import type { Sequence, Step, Who } from './sequence-steps.js';
import { BEGINNING, identityIn, isServed, type ProviderId, type Setup, type WayInWorld } from './way-in-world.js';
import { type Door, type Entered, enter, type Refused, tellWay, type WayIn } from './ways-in.js';

export type Of<Does extends Step['does']> = Extract<Step, { readonly does: Does }>;

const SIGNED_OUT: ReadonlySet<unknown> = new Set([401, 'auth.token.invalid', 'unauthenticated']);
/** A status alone says too little: a wrong current password is a 401 on a page, too. */
export const isSignedOut = ({ json, text }: HttpAnswer): boolean =>
  [json?.code, json?.statusCode, json?.error?.i18nKey, json?.error?.code].some((code) => SIGNED_OUT.has(code)) ||
  /<h1[^>]*>Sign in to/.test(text);
const INACTIVE: ReadonlySet<unknown> = new Set([40018, 2005, 'auth.login.account_deactivated', 'user_inactive']);
/** Whose account was never anybody's is told so, whatever their session. */
export const isShut = ({ json }: HttpAnswer): boolean =>
  [json?.code, json?.apiCode, json?.error?.i18nKey].some((code) => INACTIVE.has(code));
/** In Cloudreve's dialect, or in BIO.RE's. */
export const succeeded = ({ json }: HttpAnswer): boolean => (json?.code as unknown) === 0 || (json?.success as unknown) === true;

/** A call, or a form of a page, that did what it was for. */
export const isDone = (answer: HttpAnswer): boolean => succeeded(answer) || answer.status === 303;

export const said = ({ status, text }: HttpAnswer): string => `${status} ${text.slice(0, 300)}`;

/** The machine was too slow for the database's deadline: what was done, nobody knows. */
export class Unavailable extends Error {}

/** Nothing that anybody does may break the product; `answer` is a status with a text, or a text. */
export function assertCalm(answer: string): void {
  if (/^503\b|"code":50001\b/.test(answer)) throw new Unavailable(answer);
  if (/^500\b|"code":-1\b/.test(answer)) throw new Error(`It broke: ${answer}`);
}

export function calm(answer: HttpAnswer): HttpAnswer {
  assertCalm(said(answer));
  return answer;
}

/** What a provider tells and can be stored. */
const storable = (email: string | undefined) => (email !== undefined && isEmailAddress(email.trim()) ? email.trim() : undefined);

export interface SceneOptions {
  readonly world: WayInWorld;
  readonly host: RestartableHost;
  readonly mailbox: Mailbox;
  readonly sequence: Sequence;
}

export class SequenceScene {
  protected readonly world: WayInWorld;
  protected readonly host: RestartableHost;
  protected readonly mailbox: Mailbox;
  protected readonly sequence: Sequence;
  protected readonly ledger = new Ledger();
  protected readonly tag = newTag();
  /** The account each used last. */
  protected readonly current = new Map<Who, Account>();
  /** Every address an account had before it was moved. */
  protected readonly had = new Map<Account, Set<string>>();
  protected setup: Setup = BEGINNING;
  /** Whoever signs up proves the address first, and proof wins. */
  protected proving: boolean;

  constructor({ world, host, mailbox, sequence }: SceneOptions) {
    this.world = world;
    this.host = host;
    this.mailbox = mailbox;
    this.sequence = sequence;
    this.proving = sequence.proving;
  }

  protected settings(): Settings {
    const settings = { ...this.world.settings(this.setup), verifyEmail: this.proving };
    return this.sequence.trusting && this.setup.google !== 'gone' ? { ...settings, linkByVerifiedEmail: ['google'] } : settings;
  }

  // Who people are

  protected addressOf(who: Who): string | undefined {
    const { people, shared } = this.sequence;
    const whose = shared ? 'Ann' : who;
    return ADDRESSES[people[whose].address]?.of(`${whose.toLowerCase()}.${this.tag}`);
  }

  /** As a provider knows them. Where the issuer moved to, others have their subjects; and one's union id is another's open id. */
  protected personAt(who: Who, provider: ProviderId): Person {
    const { verified, hd } = this.sequence.people[who];
    const sub = `${who}-${this.tag}`;
    if (provider === 'oidc' && this.setup.oidc === 'at B') return { sub, email: `at-b.${sub}@example.test`, email_verified: verified };
    const email = this.addressOf(who);
    return {
      sub,
      email_verified: verified,
      unionid: who === 'Ann' ? `Bob-${this.tag}` : `union-${sub}`,
      ...(email === undefined ? {} : { email }),
      ...(hd === undefined ? {} : { hd }),
    };
  }

  protected through(provider: ProviderId, who: Person): WayIn | undefined {
    const at = this.world.door(this.setup, provider);
    return at === undefined ? undefined : { kind: 'provider', provider, at, who };
  }

  protected async enter(way: WayIn, door: Door = 'json'): Promise<Entered | Refused> {
    const entered = await enter(this.host.base, way, door);
    if ('refused' in entered) assertCalm(entered.refused);
    return entered;
  }

  /** A session to act with: one that lives, else by whichever way in there is, else somebody new. */
  protected async arrive(who: Who): Promise<Session | undefined> {
    const account = this.current.get(who);
    if (account !== undefined && this.ledger.accounts.has(account.id)) {
      const living = this.ledger.livingOf(account).at(-1);
      if (living !== undefined) return living;
      const found = await this.findWayIn(account);
      if (found.entered === undefined) return undefined;
      return this.ledger.open(
        account,
        found.entered.client,
        found.way.kind === 'provider' ? (found.way.provider as ProviderId) : undefined,
      );
    }
    for (const provider of ['oidc', 'google', 'qq'] as const) {
      const session = await this.signIn(who, provider, 'json');
      if (session !== undefined) return session;
    }
    return undefined;
  }

  // Whether they still come in

  /** The ways that somebody knows, cheapest first. */
  protected waysOf(account: Account): readonly WayIn[] {
    const { password, address, identities } = account;
    const byPassword: readonly WayIn[] =
      password === undefined || address === undefined ? [] : [{ kind: 'password', email: address, password }];
    const byProvider = [...identities].flatMap(([key, { provider, who }]) => {
      const way = this.works(key, provider, who) ? this.through(provider, who) : undefined;
      return way === undefined ? [] : [way];
    });
    return [...byPassword, ...byProvider];
  }

  /** Whether a link is one that the providers, as they are turned now, can lead to. */
  protected works(key: string, provider: ProviderId, who: Person): boolean {
    return isServed(this.setup, provider, who) && identityIn(this.setup, provider, who) === key;
  }

  protected async findWayIn(
    account: Account,
    except?: WayIn,
  ): Promise<{ readonly entered: Entered; readonly way: WayIn } | { readonly entered: undefined; readonly said: string }> {
    const said: string[] = [];
    for (const way of this.waysOf(account)) {
      if (except?.kind === way.kind && (way.kind === 'password' || (except.kind === 'provider' && except.provider === way.provider)))
        continue;
      const entered = await this.enter(way);
      if (!('refused' in entered) && entered.userId === account.id) {
        account.proven = true;
        return { entered, way };
      }
      said.push(`${tellWay(way)}: ${'refused' in entered ? entered.refused : 'signed in somebody else'}`);
    }
    return { entered: undefined, said: said.join('; ') };
  }

  protected async hasPasskey({ passkeys, id }: Account): Promise<boolean> {
    const [name] = passkeys;
    if (name === undefined) return false;
    const { json } = await new ApiClient(this.host.base).call('POST', '/host/enter', { name });
    if ((json?.userId as unknown) === null) throw new Error(`The passkey ${name} of ${id} is gone`);
    return true;
  }

  /** After the operator turned something, whoever is about to change something is asked anew. */
  protected async know(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts)
      account.comesIn ??= account.proven || (await this.hasPasskey(account)) || (await this.findWayIn(account)).entered !== undefined;
  }

  /** The promise. */
  protected async stillIn(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) {
      if (account.comesIn !== true || account.proven || (await this.hasPasskey(account))) continue;
      const found = await this.findWayIn(account);
      if (found.entered === undefined)
        throw new Error(`${account.id} came in before, and does not any more: ${found.said || 'no way is left'}`);
    }
  }

  /** Who was told that it is the last way in has no other, and that one works. */
  protected async isLast(account: Account, way: WayIn | undefined, { said }: Removed): Promise<void> {
    if (await this.hasPasskey(account)) throw new Error(`Refused, though there is a passkey: ${said}`);
    const other = await this.findWayIn(account, way);
    if (other.entered !== undefined && !this.isUnsure(account, other.way))
      throw new Error(`Refused, though ${tellWay(other.way)} works: ${said}`);
    const entered = way === undefined ? undefined : await this.enter(way);
    if (entered === undefined || 'refused' in entered || entered.userId !== account.id)
      throw new Error(`Refused, though it does not work anyway: ${said}`);
  }

  /** Two have one address, and a password each: only who knows both can tell that they differ. */
  protected isUnsure(account: Account, { kind }: WayIn): boolean {
    return kind === 'password' && this.sharing(account).some(({ password }) => password !== undefined);
  }

  /** Who has the address of somebody else, or says so. */
  protected sharing({ id, address }: Account): readonly Account[] {
    return address === undefined ? [] : this.ledger.at(address).filter((one) => one.id !== id);
  }

  protected all(): readonly Account[] {
    return [...this.ledger.accounts.values()];
  }

  /** Who is signed in is not told otherwise. */
  protected believed(session: Session, answer: HttpAnswer): HttpAnswer {
    if (session.state === 'lives' && isSignedOut(answer)) throw new Error(`A session that lives was refused: ${answer.text.slice(0, 300)}`);
    return calm(answer);
  }

  // Signing in and up

  protected async signIn(who: Who, provider: ProviderId, door: Door): Promise<Session | undefined> {
    const person = this.personAt(who, provider);
    const key = identityIn(this.setup, provider, person);
    const way = this.through(provider, person);
    if (way === undefined) return undefined;
    const owner = this.ledger.ownerOf(key);
    const served = isServed(this.setup, provider, person);
    const { address } = this.told(provider, person);
    if (owner === undefined && address !== undefined) await this.know(this.ledger.at(address));
    const entered = await this.enter(way, door);
    if ('refused' in entered) {
      if (owner !== undefined && served) throw new Error(`${key} is linked to ${owner.id}, and was refused: ${entered.refused}`);
      return undefined;
    }
    const account = await this.cameIn(entered.userId, provider, person);
    this.current.set(who, account);
    return this.ledger.open(account, entered.client, provider);
  }

  /** Where nobody was this person before, they have an account now, and their address if they have proven it. */
  protected async cameIn(userId: string, provider: ProviderId, person: Person): Promise<Account> {
    const key = identityIn(this.setup, provider, person);
    const owner = this.ledger.ownerOf(key);
    if (!isServed(this.setup, provider, person)) throw new Error(`${key} came in by a provider that is not for them`);
    if (owner !== undefined && owner.id !== userId) throw new Error(`${key} is ${owner.id}'s and came in as ${userId}`);
    const known = this.ledger.accounts.get(userId);
    if (owner === undefined && known !== undefined && !this.mayAttach(known, provider, person))
      throw new Error(`${key} is nobody's and came in as ${known.id}`);
    const account = owner ?? known ?? (await this.arrived(userId, this.told(provider, person)));
    account.identities.set(key, { provider, who: person });
    account.comesIn = true;
    account.proven = true;
    return account;
  }

  /** What of it a provider tells. */
  protected told(provider: ProviderId, { email, email_verified }: Person): { address: string | undefined; isVerified: boolean } {
    const address = provider === 'qq' ? undefined : storable(email);
    return { address, isVerified: address !== undefined && email_verified === true };
  }

  private async arrived(userId: string, told: { readonly address: string | undefined; readonly isVerified: boolean }): Promise<Account> {
    const { address, isVerified } = told;
    const others = address === undefined ? [] : this.ledger.at(address);
    if (address !== undefined && others.length > 0 && !(isVerified && this.proving))
      throw new Error(`${userId} came in with the address of ${others.map(({ id }) => id)}`);
    if (address !== undefined && isVerified && this.proving) await this.takesAddress(address, undefined);
    return this.ledger.newAccount(userId, told);
  }

  /** Whoever merely typed it goes on without it, if they were ever anybody. */
  protected async takesAddress(address: string, by: string | undefined): Promise<void> {
    const others = this.ledger.at(address).filter(({ id }) => id !== by);
    this.ledger.proven(spelled(address), by);
    if (others.length === 0) return;
    this.ledger.changed();
    await this.stillIn(others.filter(({ id }) => this.ledger.accounts.has(id)));
  }

  /** An address lets in only whom a trusted provider vouches for, and only where the account's is vouched for, too. */
  protected mayAttach(account: Account, provider: ProviderId, person: Person): boolean {
    const { address, isVerified } = this.told(provider, person);
    const trusted = this.sequence.trusting && provider === 'google' && this.ledger.linkAt(account, provider) === undefined;
    return trusted && isVerified && account.isVerified && spelled(account.address) === spelled(address);
  }

  // Linking

  protected linked(session: Session, provider: ProviderId, key: string, who: Person): void {
    const { account } = session;
    if (session.state === 'over') throw new Error(`${key} was linked to ${account.id} by a session that was over`);
    if (!isServed(this.setup, provider, who)) throw new Error(`${key} was linked at a provider that is not for them`);
    const owner = this.ledger.ownerOf(key);
    if (owner !== undefined) throw new Error(`${key} is ${owner.id}'s and was linked to ${account.id}`);
    const there = this.ledger.linkAt(account, provider);
    if (there !== undefined) throw new Error(`${key} was linked to ${account.id} beside ${there}`);
    account.identities.set(key, { provider, who });
    this.ledger.changed();
  }

  /** The address is another one: refresh tokens that were made for one of before may hold again. */
  protected movedTo(account: Account, address: string): void {
    const had = this.had.get(account) ?? new Set([spelled(account.address)]);
    this.had.set(account, had);
    if (had.has(spelled(address))) this.ledger.movedBackByHost(account);
    else this.ledger.changedByHost(account, 'address');
    had.add(spelled(address));
    account.address = address;
  }
}
