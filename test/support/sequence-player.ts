// Plays a random sequence over HTTP, and holds the product to its promise after every step.

import { ADDRESSES } from './addresses.js';
import { ApiClient, BrowserClient, providerNumber } from './client.js';
import type { HttpAnswer } from './http-request.js';
import { newTag } from './new-tag.js';
import type { Person } from './person.js';
import { changeByHost, dialectFor, removePasswordIn, unlinkIn } from './removals.js';
import { AccountPlayer } from './sequence-accounts.js';
import { type Account, type Session, spelled } from './sequence-ledger.js';
import { assertCalm, calm, isShut, isSignedOut, type Of, said, succeeded, Unavailable } from './sequence-scene.js';
import { PASSWORDS, type Step, tellStep, type Who } from './sequence-steps.js';
import { identityIn, type ProviderId } from './way-in-world.js';
import { tellWay, type WayIn } from './ways-in.js';

export class Player extends AccountPlayer {
  /** @throws Error that says at which step what was broken */
  async play(): Promise<number> {
    const { steps } = this.sequence;
    await this.host.run(this.settings());
    for (const [index, step] of steps.entries()) {
      try {
        await this.#take(step);
      } catch (cause) {
        if (cause instanceof Unavailable) throw cause;
        throw new Error(`Step ${index + 1}, ${tellStep(step)} ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }
    await this.#atTheEnd();
    return steps.length;
  }

  async #take(step: Step): Promise<void> {
    switch (step.does) {
      case 'signs in':
        await this.signIn(step.who, step.provider, step.door);
        return;
      case 'signs in by password':
        return this.#signInByPassword(step);
      case 'links':
        return this.#link(step);
      case 'begins to link':
        return this.#beginToLink(step);
      case 'ends linking':
        return this.#endLinking(step);
      case 'unlinks':
        return this.#unlink(step);
      case 'sets a password':
        return this.#setPassword(step);
      case 'removes the password':
        return this.#removePassword(step);
      case 'signs out':
        return this.#signOut(step);
      case 'refreshes':
        return this.#refresh(step);
      case 'uses what is over':
        return this.#useWhatIsOver(step);
      case 'is moved':
        return this.#move(step);
      case 'loses the password to the host':
        return this.#losePassword(step);
      case 'adds a passkey':
        return this.#addPasskey(step);
      case 'removes a passkey':
        return this.#removePasskey(step);
      case 'is turned':
        return this.#turn(step);
      case 'asks for proof, or no longer':
        this.proving = !this.proving;
        return this.host.run(this.settings());
      case 'starts again':
        return this.host.run(this.settings(), { anew: true });
      default:
        return this.takeForAccounts(step);
    }
  }

  async #signInByPassword({ who, door }: Of<'signs in by password'>): Promise<void> {
    const account = this.current.get(who);
    if (account?.address === undefined) return;
    const password = account.password ?? PASSWORDS[0];
    const entered = await this.enter({ kind: 'password', email: account.address, password }, door);
    if ('refused' in entered) return;
    const into = this.ledger.accounts.get(entered.userId);
    if (this.setup.password === 'off') throw new Error('Came in by a password while passwords are off');
    if (into === undefined || into.password !== password) throw new Error(`Came in as ${entered.userId}, whose password this is not`);
    into.comesIn = true;
    into.proven = true;
    this.ledger.open(into, entered.client, undefined);
  }

  // Linking

  /** What a refusal says of links must be so. */
  #refusedTruly({ account }: Session, provider: ProviderId, { sub }: Person, answer: HttpAnswer): void {
    const code: unknown = answer.json?.code;
    if (code === 40066 && this.ledger.linkAt(account, provider) === undefined)
      throw new Error(`Nothing of ${provider} is linked: ${answer.text}`);
    const owned = this.all().some(({ identities }) =>
      [...identities].some(([key, identity]) => identity.provider === provider && (identity.who.sub === sub || key.endsWith(sub))),
    );
    if (code === 40067 && !owned) throw new Error(`The identity is nobody's: ${answer.text}`);
  }

  #prepare(session: Session, provider: ProviderId): Promise<HttpAnswer> {
    return session.client.call('PUT', '/session/openid', { provider: providerNumber(provider), linking: true });
  }

  async #finish(session: Session, provider: ProviderId, { code, state }: { readonly code: string; readonly state: string }) {
    const body = { code, session_id: state, provider_id: providerNumber(provider) };
    return calm(await session.client.call('POST', '/session/openid', body));
  }

  async #link({ who, provider, theirs }: Of<'links'>): Promise<void> {
    const session = await this.arrive(who);
    const at = this.world.door(this.setup, provider);
    if (session === undefined || at === undefined) return;
    const person = this.personAt(theirs ? (who === 'Ann' ? 'Bob' : 'Ann') : who, provider);
    const prepared = this.believed(session, await this.#prepare(session, provider));
    if (!succeeded(prepared)) return this.#refusedTruly(session, provider, person, prepared);
    const answer = await this.#finish(session, provider, await at.approve(String(prepared.json?.data), person));
    if (succeeded(answer)) this.linked(session, provider, identityIn(this.setup, provider, person), person);
    else this.#refusedTruly(session, provider, person, this.believed(session, answer));
  }

  async #beginToLink({ who, provider, by }: Of<'begins to link'>): Promise<void> {
    const session = await this.arrive(who);
    const at = this.world.door(this.setup, provider);
    if (session === undefined || at === undefined) return;
    const { client } = session;
    if (by === 'flow') {
      const prepared = this.believed(session, await this.#prepare(session, provider));
      if (!succeeded(prepared)) return;
      const person = this.personAt(who, provider);
      const end = async () => {
        const answer = await this.#finish(session, provider, await at.approve(String(prepared.json?.data), person));
        const key = identityIn(this.setup, provider, person);
        return { linked: succeeded(answer), said: answer.text, key, who: person };
      };
      this.ledger.pending.push({ session, provider, end });
    } else if (client instanceof ApiClient) {
      const url = await this.#oneTimeLink(session, provider);
      if (url === undefined) return;
      this.ledger.pending.push({ session, provider, end: () => this.#openLink(url, who, provider) });
    }
  }

  async #oneTimeLink(session: Session, provider: ProviderId): Promise<string | undefined> {
    const token = session.client instanceof ApiClient ? session.client.token : undefined;
    const query = new URLSearchParams({ ext_idp_conn_identifier: provider, app_id: 'app', id_token: String(token) });
    const answer = await new ApiClient(this.host.base).call('GET', `/api/v3/generate-link-extidp-url?${query}`);
    const url: unknown = this.believed(session, answer).json?.data?.url;
    return typeof url === 'string' ? url : undefined;
  }

  async #openLink(url: string, who: Who, provider: ProviderId) {
    const [browser, at, person] = [new BrowserClient(this.host.base), this.world.door(this.setup, provider), this.personAt(who, provider)];
    const key = identityIn(this.setup, provider, person);
    const out = calm(await browser.open(url));
    const there = out.headers.get('location');
    if (at === undefined || there === null) return { linked: false, said: out.text, key, who: person };
    const target = new URL(there).searchParams.get('redirect_uri') ?? this.host.base;
    const back = new URLSearchParams({ ...(await at.approve(there, person)) });
    const headers = { 'sec-fetch-site': 'cross-site' };
    const page = calm(await browser.call('GET', `${new URL(target).pathname}?${back}`, undefined, { headers }));
    return { linked: /data-result="[^"]*&quot;success&quot;:true/.test(page.text), said: page.text, key, who: person };
  }

  async #endLinking({ which }: Of<'ends linking'>): Promise<void> {
    const { pending } = this.ledger;
    const [begun] = pending.splice(which % Math.max(pending.length, 1), 1);
    if (begun === undefined) return;
    const { linked, key, who } = await begun.end();
    if (linked) this.linked(begun.session, begun.provider, key, who);
  }

  // Taking away

  async #unlink({ who, which, dialect: wished }: Of<'unlinks'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { account } = session;
    const linked = [...account.identities.values()].map(({ provider }) => provider);
    const provider = linked[which % Math.max(linked.length, 1)] ?? 'google';
    await this.know([account]);
    const key = this.ledger.linkAt(account, provider);
    const dialect = dialectFor(provider, wished);
    const removed = await unlinkIn(dialect, session.client, provider);
    assertCalm(removed.said);
    if (removed.outcome === 'gone') {
      this.ledger.changed();
      if (key === undefined) throw new Error(`Something was unlinked that was not there: ${removed.said}`);
      this.ledger.unlinked(account, provider, dialect === 'host code' ? undefined : session);
      return this.stillIn([account]);
    }
    const identity = key === undefined ? undefined : account.identities.get(key);
    if (removed.outcome === 'last way in') {
      if (key === undefined || identity === undefined) throw new Error(`Nothing of ${provider} was there: ${removed.said}`);
      const way = this.works(key, provider, identity.who) ? this.through(provider, identity.who) : undefined;
      return this.isLast(account, way, removed);
    }
    if (identity !== undefined && this.setup[provider] !== 'gone') throw new Error(`Neither gone nor the last: ${removed.said}`);
  }

  async #setPassword({ who, password, on }: Of<'sets a password'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { account, client } = session;
    await this.know([account]);
    const fields = {
      new_password: PASSWORDS[password] ?? '',
      ...(account.password === undefined ? {} : { current_password: account.password }),
    };
    const answer =
      on === 'page'
        ? await client.call('POST', '/account/connections/password', new URLSearchParams(fields))
        : on === 'BIO.RE'
          ? await client.call('POST', '/api/v1/auth/change-password', {
              currentPassword: account.password ?? PASSWORDS[0],
              newPassword: fields.new_password,
            })
          : await client.call('PATCH', '/user/setting', fields);
    this.believed(session, answer);
    const isSet = succeeded(answer) || answer.status === 303;
    // BIO.RE changes a password to another one, and never sets a first one.
    const isNoChange = on === 'BIO.RE' && (account.password === undefined || account.password === fields.new_password);
    if (isNoChange && isSet) throw new Error(`Nothing was there to be changed: ${said(answer)}`);
    if (isNoChange) return this.stillIn([account]);
    if (!isSet && this.#isSomebodyElses(account, fields.new_password)) return this.stillIn([account]);
    if (!isSet) throw new Error(`The password was not set: ${said(answer)}`);
    this.ledger.changed();
    this.ledger.passwordChanged(account, fields.new_password, session);
    await this.stillIn([account]);
  }

  /** Where two members have one address, their passwords alone tell them apart. */
  #isSomebodyElses({ id, address }: Account, password: string): boolean {
    if (address === undefined) return false;
    const same = address.toUpperCase();
    return this.all().some((other) => other.id !== id && other.password === password && other.address?.toUpperCase() === same);
  }

  async #removePassword({ who, on }: Of<'removes the password'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { account } = session;
    await this.know([account]);
    const { password, address } = account;
    const removed = await removePasswordIn(on, session.client, password ?? PASSWORDS[0]);
    assertCalm(removed.said);
    if (removed.outcome === 'gone') {
      this.ledger.changed();
      if (password !== undefined) this.ledger.passwordChanged(account, undefined, session);
      return this.stillIn([account]);
    }
    if (removed.outcome === 'refused') throw new Error(`Neither gone nor the last: ${removed.said}`);
    const way: WayIn | undefined =
      password === undefined || address === undefined ? undefined : { kind: 'password', email: address, password };
    await this.isLast(account, way, removed);
  }

  // Sessions

  async #signOut({ who }: Of<'signs out'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { client } = session;
    const answer =
      client instanceof ApiClient
        ? await client.call('DELETE', '/session/token', { refresh_token: client.refreshToken })
        : await client.call('POST', '/auth/logout', undefined, { headers: { accept: 'application/json' } });
    this.believed(session, answer);
    if (!succeeded(answer) && answer.status !== 204) throw new Error(`Not signed out: ${said(answer)}`);
    session.state = 'over';
  }

  async #refresh({ who, used }: Of<'refreshes'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined || !(session.client instanceof ApiClient)) return;
    const { client } = session;
    const token = used ? session.used.at(-1) : client.refreshToken;
    if (token === undefined) return;
    const answer = calm(await client.refresh(token));
    if (session.refreshIsOver === true) {
      if (succeeded(answer)) throw new Error('A refresh token of before the change was taken');
    } else if (succeeded(answer)) {
      session.refreshIsOver = false;
      if (!used) session.used.push(token);
      client.token = String(answer.json?.data?.access_token);
      client.refreshToken = String(answer.json?.data?.refresh_token);
    } else if (session.refreshIsOver === undefined) {
      session.state = 'unsure';
    } else if (used) {
      session.state = 'over';
    } else throw new Error(`A fresh refresh token was refused: ${answer.text}`);
  }

  #isRefused({ account }: Session, answer: HttpAnswer): boolean {
    return isSignedOut(answer) || (isShut(answer) && !this.ledger.accounts.has(account.id));
  }

  async #useWhatIsOver({ which, misuse }: Of<'uses what is over'>): Promise<void> {
    const over = this.ledger.over();
    const session = over[which % Math.max(over.length, 1)];
    if (session === undefined) return;
    const { client } = session;
    const calls = {
      read: () => client.call('GET', '/user/setting'),
      'list identities': () => client.call('GET', '/api/v3/get-identities'),
      link: () => this.#prepare(session, 'google'),
      unlink: () => client.call('DELETE', '/api/v1/auth/oauth/unlink/google'),
      'set a password': () => client.call('PATCH', '/user/setting', { new_password: 'taken over' }),
      refresh: () => (client instanceof ApiClient ? client.refresh() : client.call('GET', '/auth/me')),
      'enter the host': () => client.call('GET', '/host/me'),
      'get a link': () => client.call('GET', '/user/setting'),
    } as const;
    if (misuse === 'get a link' && client instanceof ApiClient) {
      if ((await this.#oneTimeLink(session, 'google')) !== undefined) throw new Error('A one-time link was given to it');
      return;
    }
    const answer = calm(await calls[misuse]());
    const refused = this.#isRefused(session, answer) || (misuse === 'refresh' && (answer.json?.code as unknown) === 40020);
    if (!refused) throw new Error(`It was answered: ${said(answer)}`);
  }

  // The host

  async #move({ who, to }: Of<'is moved'>): Promise<void> {
    if (this.sequence.host === 'our own users') return;
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { account } = session;
    const other = this.all().find((one) => one !== account && one.address !== undefined)?.address;
    const odd = ADDRESSES[this.sequence.people[who].address]?.of(newTag());
    const targets = {
      'a fresh address': `${newTag()}@example.test`,
      "the other's address": other ?? `${newTag()}@example.test`,
      "the other's address in capitals": (other ?? `${newTag()}@example.test`).toUpperCase(),
      'an odd address': odd,
      'no address': undefined,
    };
    const email = targets[to];
    await this.know(this.all());
    // An address that was another's already is not kept for whoever says that it is theirs.
    const isUnsure = this.sharing(account).length > 0;
    const { outcome, said } = await changeByHost(session.client, '/host/member', { email: email ?? null });
    assertCalm(said);
    if (outcome !== 'gone') return; // The guard refused it, or an index of the host's.
    const isSame = account.address !== undefined && email !== undefined && spelled(account.address) === spelled(email);
    this.ledger.changed();
    const had = this.had.get(account) ?? new Set([spelled(account.address)]);
    this.had.set(account, had);
    if (isSame) this.ledger.respelledByHost(account);
    else if (had.has(spelled(email)) || isUnsure) this.ledger.movedBackByHost(account);
    else if (account.address !== email) this.ledger.changedByHost(account, 'address');
    had.add(spelled(email));
    account.address = email;
    await this.stillIn(this.all());
  }

  async #losePassword({ who }: Of<'loses the password to the host'>): Promise<void> {
    if (this.sequence.host === 'our own users') return;
    const session = await this.arrive(who);
    if (session === undefined) return;
    const { account } = session;
    await this.know([account]);
    const nothing = this.sequence.host === 'members' ? null : '';
    const removed = await changeByHost(session.client, '/host/member', { password: nothing });
    assertCalm(removed.said);
    if (removed.outcome === 'refused') throw new Error(`Neither gone nor the last: ${removed.said}`);
    if (removed.outcome === 'gone') {
      this.ledger.changed();
      account.password = undefined;
      this.ledger.changedByHost(account, 'password');
    }
    await this.stillIn([account]);
  }

  async #addPasskey({ who }: Of<'adds a passkey'>): Promise<void> {
    const session = await this.arrive(who);
    if (session === undefined) return;
    const name = newTag();
    const { outcome, said } = await changeByHost(session.client, '/host/passkeys', { name });
    if (outcome !== 'gone') throw new Error(`No passkey was added: ${said}`);
    session.account.passkeys.push(name);
    session.account.comesIn = true;
  }

  async #removePasskey({ who }: Of<'removes a passkey'>): Promise<void> {
    const session = await this.arrive(who);
    const name = session?.account.passkeys.at(-1);
    if (session === undefined || name === undefined) return;
    const { account } = session;
    const removed = await changeByHost(session.client, '/host/passkeys/remove', { name });
    if (removed.outcome === 'refused') throw new Error(`Neither gone nor the last: ${removed.said}`);
    if (removed.outcome === 'gone') {
      this.ledger.changed();
      account.passkeys.pop();
    } else if (account.passkeys.length > 1) throw new Error('Refused, though there is another passkey');
    else {
      const other = await this.findWayIn(account);
      if (other.entered !== undefined && !this.isUnsure(account, other.way))
        throw new Error(`Refused, though ${tellWay(other.way)} works: ${removed.said}`);
    }
    await this.stillIn([account]);
  }

  // The operator

  async #turn({ turn: { turn, to } }: Of<'is turned'>): Promise<void> {
    if (this.setup[turn] === to) return;
    this.setup = { ...this.setup, [turn]: to };
    this.ledger.changed();
    for (const account of this.all()) account.comesIn = undefined;
    await this.host.run(this.settings());
  }

  async #atTheEnd(): Promise<void> {
    try {
      await this.stillIn(this.all());
      await this.recoverAtTheEnd();
      for (const session of this.ledger.over().slice(-2)) {
        const answer = await session.client.call('GET', '/host/me');
        if (!this.#isRefused(session, answer)) throw new Error(`A session that is over reads: ${answer.text.slice(0, 300)}`);
      }
      for (const session of this.ledger.sessions.filter(({ state }) => state === 'lives').slice(-2)) {
        const answer = this.believed(session, await session.client.call('GET', '/host/me'));
        if (answer.json?.id === undefined) throw new Error(`A session that lives reads: ${answer.text.slice(0, 300)}`);
      }
    } catch (cause) {
      if (cause instanceof Unavailable) throw cause;
      throw new Error(`At the end: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
}
