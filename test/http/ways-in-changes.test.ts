// Whoever is let go comes back, whatever the operator turned between setting a way in up and taking one away.

import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { memberHost, ownUsersHost } from '../support/member-host.js';
import { pageOffers } from '../support/page-offer.js';
import { type Person, person } from '../support/person.js';
import { dialectFor, type Removed, removePasswordIn, UNLINK_DIALECTS, unlinkIn } from '../support/removals.js';
import { databases, describeOn } from '../support/services.js';
import { idOf, PASSWORD, passwordAt, type WayInScene, wayInScene } from '../support/way-in-scene.js';
import { BEGINNING, identityIn, isServed, PROVIDER_IDS, type ProviderId, type Setup } from '../support/way-in-world.js';
import { tryWayIn, type WayIn } from '../support/ways-in.js';

type Method = ProviderId | 'password';

interface Change {
  readonly what: string;
  /** Whose ways in it is about. */
  readonly about: Method;
  /** In place of how everything begins: set up under the first, tried under the last. */
  readonly turns: readonly [Partial<Setup>, ...Partial<Setup>[]];
  /** The hosted domain that the provider tells of. */
  readonly hd?: string;
  /** Tried on every database, with our own users and a host's: one of each kind is enough there. */
  readonly everywhere?: true;
}

const CHANGES: readonly Change[] = [
  { what: 'nothing changed', about: 'oidc', turns: [{}, {}] },
  { what: 'the issuer moved', about: 'oidc', turns: [{}, { oidc: 'at B' }], everywhere: true },
  { what: 'the issuer moved and moved back', about: 'oidc', turns: [{}, { oidc: 'at B' }, {}] },
  { what: 'the provider was switched off', about: 'oidc', turns: [{}, { oidc: 'off' }] },
  { what: 'the provider was switched off and on', about: 'google', turns: [{}, { google: 'off' }, {}] },
  { what: 'the provider was taken out of the configuration', about: 'google', turns: [{}, { google: 'gone' }] },
  { what: 'the provider was taken out and brought back at another issuer', about: 'oidc', turns: [{}, { oidc: 'gone' }, { oidc: 'at B' }] },
  { what: 'Google was narrowed to a domain they are of', about: 'google', turns: [{}, { google: 'for example.com' }], hd: 'example.com' },
  {
    what: 'Google was narrowed to a domain they are not of',
    about: 'google',
    turns: [{}, { google: 'for example.com' }],
    hd: 'other.test',
    everywhere: true,
  },
  { what: 'Google was narrowed, and they are of no domain', about: 'google', turns: [{}, { google: 'for example.com' }] },
  {
    what: 'Google went from their domain to another',
    about: 'google',
    turns: [{ google: 'for example.com' }, { google: 'for other.test' }],
    hd: 'example.com',
  },
  { what: 'Google was opened to all', about: 'google', turns: [{ google: 'for example.com' }, {}], hd: 'example.com' },
  {
    what: 'Google was narrowed and opened',
    about: 'google',
    turns: [{}, { google: 'for example.com' }, {}],
  },
  { what: 'QQ went over to union ids', about: 'qq', turns: [{}, { qq: 'by union id' }] },
  { what: 'QQ went back to open ids', about: 'qq', turns: [{ qq: 'by union id' }, {}] },
  { what: 'QQ went to union ids and back', about: 'qq', turns: [{}, { qq: 'by union id' }, {}] },
  { what: 'passwords were switched off', about: 'password', turns: [{}, { password: 'off' }] },
  { what: 'passwords were switched off and on', about: 'password', turns: [{}, { password: 'off' }, {}] },
  { what: 'the issuer moved and passwords were switched off', about: 'oidc', turns: [{}, { oidc: 'at B', password: 'off' }] },
];

const whole = (turn: Partial<Setup>): Setup => ({ ...BEGINNING, ...turn });
const METHODS: readonly Method[] = [...PROVIDER_IDS, 'password'];

/** What there was to begin with, and what of it goes. */
function casesOf({ about }: Change): readonly { readonly has: readonly Method[]; readonly goes: Method }[] {
  const beside = METHODS.filter((method) => method !== about).slice(-2);
  return [
    { has: [about], goes: about },
    ...beside.flatMap((other) => [about, other].map((goes) => ({ has: [about, other], goes }))),
    { has: METHODS, goes: about },
  ];
}

interface Somebody {
  readonly by: ApiClient;
  readonly who: Person & { readonly email: string };
}

async function setUp(scene: WayInScene, has: readonly Method[], hd: string | undefined): Promise<Somebody> {
  const who = { ...person(), ...(hd === undefined ? {} : { hd }) };
  const [first, ...others] = has.filter((method): method is ProviderId => method !== 'password');
  // QQ tells of no address, and without one there is no password.
  const signsUp = has.includes('password') && (first === undefined || first === 'qq');
  if (signsUp) await new ApiClient(scene.base).signUp(who.email, PASSWORD);
  const by = signsUp || first === undefined ? await scene.signInByPassword(who.email) : await scene.signIn(first, who);
  for (const provider of signsUp && first !== undefined ? [first, ...others] : others) await scene.link(by, provider, who);
  if (has.includes('password') && !signsUp) {
    const set = await by.setPassword(PASSWORD);
    expect(set.json?.code, set.text).to.equal(0);
  }
  return { who, by };
}

/** By what was set up, as it can be tried under another set-up: undefined where nobody can even begin. */
function wayIn(scene: WayInScene, method: Method, { who }: Somebody, now: Setup): WayIn | undefined {
  if (method === 'password') return passwordAt(who.email);
  return now[method] === 'off' || now[method] === 'gone' ? undefined : scene.through(method, who);
}

const HOSTS = { 'our own users': ownUsersHost, 'the users of a host': memberHost({}) } as const;

for (const [title, host] of Object.entries(HOSTS)) {
  // What a provider accepts is not asked of the table of users: SQLite is enough for a host's.
  describeOn(host === ownUsersHost ? databases : ['sqlite'], `With ${title}, who is let go comes back after`, (database) => {
    const scene = wayInScene({ database, host });
    let turn = 0;

    async function works(method: Method, somebody: Somebody, before: Setup, now: Setup): Promise<boolean> {
      const way = wayIn(scene, method, somebody, now);
      const found = way === undefined ? undefined : await tryWayIn(scene.base, way, turn % 2 === 0 ? 'json' : 'browser');
      const comesIn = found?.userId === idOf(somebody.by);
      // The table's own word, so that a product that let everybody and nobody in would not pass.
      const known = method === 'password' || identityIn(before, method, somebody.who) === identityIn(now, method, somebody.who);
      const served = method === 'password' ? now.password === 'on' : isServed(now, method, somebody.who);
      expect(comesIn, `${method}: ${found?.said ?? 'out of service'}`).to.equal(known && served);
      return comesIn;
    }

    const isWhole = host === ownUsersHost && database === 'sqlite';
    for (const change of CHANGES.filter(({ everywhere }) => isWhole || everywhere)) {
      it(`${change.what}, or keeps what works`, async function () {
        this.timeout(60_000);
        const { turns, hd } = change;
        const [first, ...later] = turns.map(whole);
        const [before, now] = [first ?? BEGINNING, later.at(-1) ?? BEGINNING];
        const cases = casesOf(change);
        await scene.turn(before);
        const people: Somebody[] = [];
        for (const { has } of cases) people.push(await setUp(scene, has, hd));
        for (const setup of later) await scene.turn(setup);
        for (const [index, { has, goes }] of cases.entries()) {
          turn += 1;
          const somebody = people[index];
          if (somebody === undefined) throw new RangeError('Everybody was set up');
          const dialect = dialectFor(goes, UNLINK_DIALECTS[turn % UNLINK_DIALECTS.length] ?? 'Cloudreve');
          const offered = await pageOffers(somebody.by, goes);
          const removed: Removed =
            goes === 'password'
              ? await removePasswordIn(turn % 2 === 0 ? 'Cloudreve' : 'page', somebody.by, PASSWORD)
              : await unlinkIn(dialect, somebody.by, goes);
          const told = `has ${has.join(', ')}; ${goes} goes by ${dialect}: ${removed.said}`;
          if (offered !== undefined) expect(offered, `the page's button; ${told}`).to.equal(removed.outcome === 'gone');
          if (goes !== 'password' && now[goes] !== 'gone') expect(offered, `the page tells of it; ${told}`).to.be.a('boolean');
          const left: Method[] = [];
          for (const method of has) if (method !== goes && (await works(method, somebody, before, now))) left.push(method);
          const worked = removed.outcome === 'gone' ? undefined : await works(goes, somebody, before, now);
          if (removed.outcome === 'last way in') {
            expect(left, `refused, though these work; ${told}`).to.deep.equal([]);
            expect(worked, `what does not work may always go; ${told}`).to.equal(true);
          } else {
            expect(removed.outcome, told).to.equal('gone');
            const couldComeIn = has.some((method) =>
              method === 'password'
                ? now.password === 'on'
                : isServed(now, method, somebody.who) && identityIn(before, method, somebody.who) === identityIn(now, method, somebody.who),
            );
            expect(left.length > 0, `let go; ${told}`).to.equal(couldComeIn);
          }
        }
      });
    }
  });
}
