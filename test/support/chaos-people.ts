// People who change their ways in at random, each from two clients at once, and may not agree with one another.

import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { Lane } from './chaos-lane.js';
import type { Ending, Tally } from './chaos-tally.js';
import { ApiClient } from './client.js';
import type { FaultStage } from './fault-stage.js';
import type { HttpAnswer } from './http-request.js';
import type { WayIn } from './ways-in.js';

const PASSWORDS = ['one long passphrase', 'another long passphrase'] as const;

export interface Member {
  /** The public id. */
  readonly id: string;
  readonly email: string;
  /** Everything they can show anywhere; some of it is somebody else's by now, or nobody's. */
  readonly ways: readonly WayIn[];
  /** Unlinks by provider: those that were told done, and those of which nobody heard what became. */
  readonly unlinks: Map<string, { done: number; unsure: number }>;
}

/** Pairs of people, each with a password and a link to Google; both of a pair hold the same account at the other provider. */
export async function makeMembers({ google, oidc }: FaultStage, base: string, pairs: number): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const shared = { sub: `shared-${randomBytes(6).toString('hex')}` };
    for (let side = 0; side < 2; side += 1) {
      const email = `${randomBytes(6).toString('hex')}@example.test`;
      const who = { sub: email };
      const client = new ApiClient(base);
      await client.signUp(email, PASSWORDS[0]);
      await client.signInWithPassword(email, PASSWORDS[0]);
      await client.link('google', google, who);
      const ways: readonly WayIn[] = [
        ...PASSWORDS.map((password) => ({ kind: 'password', email, password }) as const),
        { kind: 'provider', provider: 'google', at: google, who },
        { kind: 'provider', provider: 'oidc', at: oidc, who },
        { kind: 'provider', provider: 'oidc', at: oidc, who: shared },
      ];
      members.push({ id: String(client.user?.id), email, ways, unlinks: new Map() });
    }
  }
  return members;
}

/** One client of one person at one process, until it is told that it is over. */
export class ChaosClient {
  readonly #member: Member;
  readonly #lane: Lane;
  readonly #chance: Chance;
  readonly #tally: Tally;
  #client: ApiClient;

  constructor(member: Member, lane: Lane, chance: Chance, tally: Tally) {
    this.#member = member;
    this.#lane = lane;
    this.#chance = chance;
    this.#tally = tally;
    this.#client = new ApiClient(lane.base);
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (this.#client.token === undefined) await this.#signIn();
      else await this.#act();
      await pause(5 + this.#chance.below(60));
    }
  }

  /** Any of what they can do, unlinking most of all. */
  async #act(): Promise<void> {
    const { pick } = this.#chance;
    switch (pick(['all at once', 'unlink', 'unlink', 'link', 'link', 'set', 'remove', 'refresh', 'read', 'sign in'] as const)) {
      case 'all at once': // What the guard is for: each of them may go, but not all.
        return void (await Promise.all([this.#unlink('google'), this.#unlink('oidc'), this.#removePassword()]));
      case 'unlink':
        return await this.#unlink(pick(['google', 'oidc'] as const));
      case 'link':
        return void (await this.#visit(pick(this.#member.ways.filter(({ kind }) => kind === 'provider')), { linking: true }));
      case 'set':
        return void (await this.#ask('set a password', () => this.#client.setPassword(pick(PASSWORDS), this.#currentPassword())));
      case 'remove':
        return await this.#removePassword();
      case 'refresh': {
        const { answer } = await this.#ask('refresh', () => this.#client.refresh());
        const { access_token, refresh_token } = answer?.json?.data ?? {};
        if (typeof access_token === 'string') this.#client.token = access_token;
        if (typeof refresh_token === 'string') this.#client.refreshToken = refresh_token;
        return;
      }
      case 'read':
        return void (await this.#ask('read the settings', () => this.#client.setting()));
      case 'sign in':
        return await this.#signIn();
    }
  }

  async #removePassword(): Promise<void> {
    await this.#ask('remove the password', () => this.#client.removePassword(this.#currentPassword()));
  }

  #currentPassword(): string | undefined {
    return this.#chance.pick([...PASSWORDS, ...PASSWORDS, undefined]);
  }

  async #unlink(provider: 'google' | 'oidc'): Promise<void> {
    const client = this.#client;
    const extIdpId = createHash('sha256').update(provider).digest('hex').slice(0, 24);
    const page = `/account/connections/${provider}/unlink`;
    const doors = {
      cloudreve: () => client.unlink(provider),
      genauth: () => client.genauthUnlink(extIdpId),
      page: () => client.call('POST', page, undefined, { headers: { accept: 'application/json' } }),
      ...(provider === 'google' ? { biore: () => client.bioreUnlink(provider) } : {}),
    };
    const { ending } = await this.#ask(`unlink ${provider}`, this.#chance.pick(Object.values(doors)));
    const told = this.#member.unlinks.get(provider) ?? { done: 0, unsure: 0 };
    if (ending !== 'refused') told[ending] += 1;
    this.#member.unlinks.set(provider, told);
  }

  /** By whatever lets them in, in any order. */
  async #signIn(): Promise<void> {
    for (const way of this.#chance.shuffled(this.#member.ways)) {
      const fresh = new ApiClient(this.#lane.base);
      const answer = await this.#visit(way, {}, fresh);
      if (answer === undefined || fresh.keep(answer) === undefined) continue;
      // The identity that two people share may have let the other one in.
      if (fresh.user?.id === (this.#member.id as unknown)) {
        this.#client = fresh;
        return;
      }
    }
  }

  async #visit(way: WayIn, extra: object, client = this.#client): Promise<HttpAnswer | undefined> {
    if (way.kind === 'password') {
      const body = { email: way.email, password: way.password };
      return (await this.#ask('sign in by password', () => client.call('POST', '/session/token', body))).answer;
    }
    const { answer, ending } = await this.#ask(`prepare ${way.provider}`, () => client.prepare(way.provider, extra));
    if (ending !== 'done') return undefined;
    const back = await way.at.approve(String(answer?.json?.data), way.who);
    return (await this.#ask(`finish ${way.provider}`, () => client.finish(way.provider, back))).answer;
  }

  /** An answer may be missing only where the process was killed under the question, or was not there. */
  async #ask(what: string, send: () => Promise<HttpAnswer>): Promise<{ readonly answer?: HttpAnswer; readonly ending: Ending }> {
    const { mark } = this.#lane;
    const begun = performance.now();
    try {
      const answer = await send();
      if (answer.status === 401 || answer.json?.code === (401 as unknown) || answer.json?.statusCode === (401 as unknown))
        this.#client.token = undefined;
      return { answer, ending: this.#tally.answered(what, answer, performance.now() - begun) };
    } catch (error) {
      this.#tally.count('no answer');
      if (this.#lane.livedSince(mark)) this.#tally.faults.push(`${what}: ${String(error)}`);
      await pause(100);
      return { ending: 'unsure' };
    }
  }
}
