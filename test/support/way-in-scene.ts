// What the suites about ways in share: providers, one host that can be turned, and people who come, go and come back.

import { expect } from 'chai';
import type { Sequelize } from 'sequelize';
import { ApiClient } from './client.js';
import { MemberBrowser, membersOf } from './member-host.js';
import { newTag } from './new-tag.js';
import type { OpenIdProvider } from './openid-provider.js';
import type { Person } from './person.js';
import type { Removed } from './removals.js';
import { type HostSetup, openRestartableHost, type RestartableHost } from './restartable-host.js';
import type { DatabaseKind } from './services.js';
import { BEGINNING, openWayInWorld, type ProviderId, type Setup, type WayInWorld } from './way-in-world.js';
import { type Approver, type Door, tellWay, tryWayIn, type WayIn } from './ways-in.js';

export const PASSWORD = 'correct horse battery';
const DOORS: readonly Door[] = ['json', 'browser'];

export interface WayInSceneOptions {
  readonly database: DatabaseKind;
  readonly host: (sequelize: Sequelize) => Promise<HostSetup>;
  /** Default: how everything begins. */
  readonly setup?: Setup;
}

export interface WayInScene {
  readonly base: string;
  readonly sequelize: Sequelize;
  /** Starts again, turned; `anew`: though a process that is set up like this ran before. */
  turn(setup: Setup, options?: { readonly anew?: boolean }): Promise<void>;
  /** Where the provider, as it is turned now, sends people. */
  at(provider: ProviderId): Approver;
  through(provider: ProviderId, who: Person): WayIn;
  signIn(provider: ProviderId, who: Person): Promise<ApiClient>;
  signInByPassword(email: string): Promise<ApiClient>;
  link(by: ApiClient, provider: ProviderId, who: Person): Promise<void>;
  /** A row that the host writes without a word to us; its id. */
  newMember(values: Readonly<Record<string, unknown>>): Promise<string>;
  /** Signs a member in by the host's own session, and links. */
  linkMember(id: string, provider: ProviderId, who: Person): Promise<ApiClient>;
  /** Who was let go comes in by each of these ways at both doors; who was not let go had no other way. */
  expectTrue(removed: Removed, userId: string, others: readonly WayIn[]): Promise<void>;
}

export const newAddress = () => `${newTag()}@example.test`;
export const idOf = (by: ApiClient) => String(by.user?.id);
export const passwordAt = (email: string, password = PASSWORD): WayIn => ({ kind: 'password', email, password });

/** Call it in a `describe`. */
export function wayInScene({ database, host: setupHost, setup: begin = BEGINNING }: WayInSceneOptions): WayInScene {
  let world: WayInWorld | undefined;
  let host: RestartableHost | undefined;
  let setup = begin;

  before(async () => {
    world = await openWayInWorld();
    host = await openRestartableHost({ database, host: setupHost });
    await host.run(world.settings(setup));
  });
  after(async () => {
    await host?.close();
    await world?.close();
  });

  function open<T>(one: T | undefined): T {
    if (one === undefined) throw new TypeError('The scene opens before the first test');
    return one;
  }

  function at(provider: ProviderId): Approver {
    const door = open(world).door(setup, provider);
    if (door === undefined) throw new TypeError(`${provider} is out of service`);
    return door;
  }

  const base = () => open(host).base;

  async function signIn(provider: ProviderId, who: Person): Promise<ApiClient> {
    const client = new ApiClient(base());
    const prepared = await client.prepare(provider);
    const answer = await client.finish(provider, await at(provider).approve(String(prepared.json?.data), who));
    expect(client.keep(answer), answer.text).to.equal(client);
    return client;
  }

  return {
    get base() {
      return base();
    },
    get sequelize() {
      return open(host).sequelize;
    },
    async turn(next, options) {
      setup = next;
      await open(host).run(open(world).settings(setup), options);
    },
    at,
    through: (provider, who) => ({ kind: 'provider', provider, at: at(provider), who }),
    signIn,
    signInByPassword: (email) => new ApiClient(base()).signInWithPassword(email, PASSWORD),
    async link(by, provider, who) {
      const prepared = await by.prepare(provider, { linking: true });
      expect(prepared.json?.code, prepared.text).to.equal(0);
      const answer = await by.finish(provider, await at(provider).approve(String(prepared.json?.data), who));
      expect(answer.json?.code, answer.text).to.equal(0);
    },
    async newMember(values) {
      const member = await membersOf(open(host).sequelize).create({ nickname: 'Ann', plan: 'gold', ...values });
      return String(member.get('id'));
    },
    async linkMember(id, provider, who) {
      const answer = await new MemberBrowser(base(), id).link(provider, at(provider) as OpenIdProvider, who, '/linked');
      expect(answer.headers.get('location'), answer.text).to.equal('/linked');
      return signIn(provider, who);
    },
    async expectTrue({ outcome, said }, userId, others) {
      expect(outcome, said).to.be.oneOf(['gone', 'last way in']);
      for (const way of others) {
        for (const door of DOORS) {
          const found = await tryWayIn(base(), way, door);
          const what = `${outcome} (${said}), then ${tellWay(way)} by ${door}: ${found.said}`;
          expect(found.userId, what).to.equal(outcome === 'gone' ? userId : undefined);
        }
      }
    },
  };
}
