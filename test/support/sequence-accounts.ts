// The steps of a random sequence that end sessions, hand in a token, or have an identity meet another account.

import { BrowserClient } from './client.js';
import type { HttpAnswer } from './http-request.js';
import type { Account, Session } from './sequence-ledger.js';
import { ProofPlayer, type ProofStep } from './sequence-proofs.js';
import { calm, isDone, type Of, said, succeeded } from './sequence-scene.js';
import type { Who } from './sequence-steps.js';
import { identityIn, type ProviderId } from './way-in-world.js';
import { idTokenOf, tripOf, type WayIn } from './ways-in.js';

const AUTH = '/api/v1/auth';

export type AccountStep = ProofStep | Of<'ends sessions' | 'hands in a token' | 'joins' | 'moves a link'>;

export class AccountPlayer extends ProofPlayer {
  protected async takeForAccounts(step: AccountStep): Promise<void> {
    switch (step.does) {
      case 'ends sessions':
        return this.#endSessions(step);
      case 'hands in a token':
        return this.#handIn(step);
      case 'joins':
        return this.#join(step);
      case 'moves a link':
        return this.#moveLink(step);
      default:
        return this.takeForProof(step);
    }
  }

  // Sessions

  async #sessionIds(session: Session): Promise<readonly { readonly id: string; readonly isCurrent: boolean }[]> {
    const answer = this.believed(session, await session.client.call('GET', `${AUTH}/sessions`));
    return (answer.json?.data?.sessions ?? []) as unknown as readonly { readonly id: string; readonly isCurrent: boolean }[];
  }

  async #endSessions({ who, which, by }: Of<'ends sessions'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined || session.state !== 'lives') return;
    const { account, client } = session;
    const living = this.ledger.livingOf(account);
    const listed = await this.#sessionIds(session);
    if (listed.length < living.length) throw new Error(`${living.length} sessions live, and ${listed.length} are listed`);
    if (which === 'all others') {
      const answer =
        by === 'page'
          ? await client.call('POST', '/account/sessions/end-others', new URLSearchParams())
          : await client.call('POST', `${AUTH}/sessions/revoke-all`);
      if (!isDone(this.believed(session, answer))) throw new Error(`Not ended: ${said(answer)}`);
      for (const other of living) if (other !== session) other.state = 'over';
      return this.stillIn([account]);
    }
    const target = which === 'this one' ? session : (living.find((other) => other !== session) ?? (await this.#comeInOnceMore(account)));
    if (target === undefined) return;
    const id = (await this.#sessionIds(target)).find(({ isCurrent }) => isCurrent)?.id;
    if (id === undefined) throw new Error('A session that lives is not listed as the current one');
    const answer =
      by === 'page'
        ? await client.call('POST', `/account/sessions/${id}/end`, new URLSearchParams())
        : await client.call('DELETE', `${AUTH}/sessions/${id}`);
    this.believed(session, answer);
    if (isDone(answer) !== (target !== session)) throw new Error(`${which} was ended by itself, or stayed: ${said(answer)}`);
    if (target !== session) target.state = 'over';
    await this.stillIn([account]);
  }

  async #comeInOnceMore(account: Account): Promise<Session | undefined> {
    const found = await this.findWayIn(account);
    if (found.entered === undefined) return undefined;
    const { way, entered } = found;
    return this.ledger.open(account, entered.client, way.kind === 'provider' ? (way.provider as ProviderId) : undefined);
  }

  // Identities

  /** Google's token, in a native app: to link where there is a session of theirs already, else to sign in. */
  async #handIn({ who, theirs, again }: Of<'hands in a token'>): Promise<void> {
    const at = this.world.door(this.setup, 'google');
    if (at === undefined) return;
    const person = this.personAt(theirs ? (who === 'Ann' ? 'Bob' : 'Ann') : who, 'google');
    const session = await this.arrive(who);
    if (session === undefined) return;
    const idToken = await idTokenOf(at, person);
    const hand = (by: Session['client']) => by.call('POST', `${AUTH}/oauth/link`, { provider: 'google', idToken });
    const answer = this.#unlessRefused(session, await hand(session.client));
    if (succeeded(answer)) this.linked(session, 'google', identityIn(this.setup, 'google', person), person);
    if (!again) return;
    const twice = calm(await hand(session.client));
    const into = calm(await this.anybody().call('POST', `${AUTH}/oauth/login`, { provider: 'google', idToken }));
    if (succeeded(twice) || succeeded(into)) throw new Error(`A token was believed twice: ${said(twice)} ${said(into)}`);
  }

  /** A token that is refused is a 401, too. */
  #unlessRefused(session: Session, answer: HttpAnswer): HttpAnswer {
    const key: unknown = answer.json?.error?.i18nKey;
    return key === 'auth.oauth.invalid_token' ? calm(answer) : this.believed(session, answer);
  }

  async #join({ who, provider, which }: Of<'joins'>): Promise<void> {
    const person = this.personAt(who, provider);
    const key = identityIn(this.setup, provider, person);
    const at = this.world.door(this.setup, provider);
    const { address } = this.told(provider, person);
    const owners = address === undefined ? [] : this.ledger.at(address);
    const ways = owners.flatMap((owner) => this.waysOf(owner).filter((way) => way.kind === 'password' || way.provider !== provider));
    const way = ways[which % Math.max(ways.length, 1)];
    if (at === undefined || way === undefined || this.ledger.ownerOf(key) !== undefined) return;
    await this.know(owners);
    const browser = new BrowserClient(this.host.base);
    const asked = calm(await tripOf(browser, `/auth/${provider}?returnTo=/there`, at, person));
    if (asked.headers.get('location') === '/there') {
      this.ledger.open(await this.cameIn(await this.#whoIs(browser), provider, person), browser, provider);
      return;
    }
    if (!/Is this account yours\?/.test(asked.text)) return;
    const end = calm(await this.#prove(browser, way));
    if (end.headers.get('location') === null) return;
    const account = this.ledger.accounts.get(await this.#whoIs(browser));
    if (account === undefined) throw new Error('Somebody unknown came in by the question about an address');
    const session = this.ledger.open(account, browser, way.kind === 'provider' ? (way.provider as ProviderId) : undefined);
    if (end.headers.get('location') !== '/there') return;
    if (!owners.includes(account)) throw new Error(`${key} was joined to ${account.id}, who has another address`);
    this.linked(session, provider, key, person);
    await this.stillIn(owners);
  }

  #prove(browser: BrowserClient, way: WayIn): Promise<HttpAnswer> {
    const returnTo = '/account/join';
    return way.kind === 'password'
      ? browser.submit('/auth/password', { email: way.email, password: way.password, returnTo })
      : tripOf(browser, `/auth/${way.provider}?${new URLSearchParams({ returnTo })}`, way.at, way.who);
  }

  async #whoIs(browser: BrowserClient): Promise<string> {
    const { json, text } = await browser.me();
    const id: unknown = json?.user?.id;
    if (typeof id !== 'string') throw new Error(`Nobody is signed in: ${text.slice(0, 200)}`);
    return id;
  }

  /** A session of theirs in a browser. */
  async #arriveInBrowser(who: Who): Promise<(Session & { readonly client: BrowserClient }) | undefined> {
    const account = (await this.arrive(who))?.account;
    if (account === undefined) return undefined;
    const isBrowser = (session: Session): session is Session & { readonly client: BrowserClient } =>
      session.client instanceof BrowserClient;
    const living = this.ledger.livingOf(account).filter(isBrowser).at(-1);
    if (living !== undefined) return living;
    const { way } = { way: undefined, ...(await this.findWayIn(account)) };
    if (way === undefined) return undefined;
    const entered = await this.enter(way, 'browser');
    if ('refused' in entered) throw new Error(`Came in, and not by a browser: ${entered.refused}`);
    const session = this.ledger.open(account, entered.client, way.kind === 'provider' ? (way.provider as ProviderId) : undefined);
    return isBrowser(session) ? session : undefined;
  }

  /** From the account that has it, which keeps another way in. */
  async #moveLink({ who, which }: Of<'moves a link'>): Promise<void> {
    const session = await this.#arriveInBrowser(who);
    if (session === undefined) return;
    const { account, client } = session;
    const others = this.all().filter((one) => one !== account);
    const theirs = others.flatMap((owner) => [...owner.identities].map(([key, identity]) => ({ owner, key, ...identity })));
    const working = theirs.filter(({ key, provider, who: person }) => this.works(key, provider, person));
    const chosen = working[which % Math.max(working.length, 1)];
    if (chosen === undefined) return;
    const { owner, key, provider, who: person } = chosen;
    const at = this.world.door(this.setup, provider);
    if (at === undefined) return;
    await this.know(this.all());
    const asked = calm(await tripOf(client, `/auth/${provider}/link?returnTo=/there`, at, person));
    if (asked.headers.get('location') === '/there') return this.linked(session, provider, key, person);
    const isAsked = /action="\/account\/move"/.test(asked.text);
    const hasOne = this.ledger.linkAt(account, provider) !== undefined;
    if (isAsked === hasOne) throw new Error(`${key} is ${owner.id}'s, and ${hasOne ? 'may' : 'may not'} be moved: ${said(asked)}`);
    if (!isAsked) return;
    const moved = calm(await client.submit('/account/move'));
    if (moved.status === 303) {
      this.ledger.changed();
      this.ledger.unlinked(owner, provider, undefined);
      this.linked(session, provider, key, person);
      return this.stillIn(this.all());
    }
    const isLast = /It is the only way to sign in to the other account/.test(moved.text);
    if (!isLast) throw new Error(`Neither moved nor the last: ${said(moved)}`);
    const way = this.through(provider, person);
    await this.isLast(owner, way, { outcome: 'last way in', said: said(moved) });
  }
}
