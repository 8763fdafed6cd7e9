// Calls at the same moment, at two server processes on one database: nobody loses the last way in, no identity has two owners.

import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { AnswerName } from '../support/answer-schema.js';
import type { ApiClient } from '../support/client.js';
import { type Person, person } from '../support/person.js';
import { type Outcome, outcomeOf, type UnlinkDoor, unlinkIn } from '../support/race-answers.js';
import { insertRaceUsers, RACE_PASSWORD, type RaceStart, type RaceUser } from '../support/race-users.js';
import { databases, describeOn } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';

const USERS = 300;
const FINISHES = 20;
/** Their finishes are 800. */
const FLOWS = 40;
/** Users whom a sign-in finds by their address. */
const FOUND = 30;
/** Their calls are many: each sets real passwords and makes two trips to a provider. */
const SOUP_USERS = 40;
/** Races under way at a time. */
const IN_FLIGHT = 24;
/** Long for a slow machine; a fast one needs a fifth. */
const TIMEOUT_MS = 120_000;

const PROVIDERS: readonly StageProvider[] = ['google', 'logto', 'oidc'];
/** Its verified addresses attach to users here. */
const TRUSTED = 'oidc' satisfies StageProvider;
/** BIO.RE knows only one of the three. */
const DIALECTS: Readonly<Record<StageProvider, readonly UnlinkDoor[]>> = {
  google: ['biore', 'genauth', 'page', 'cloudreve'],
  logto: ['cloudreve', 'page', 'genauth'],
  oidc: ['genauth', 'cloudreve', 'page'],
};

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The n-th of a list that repeats. */
function cycled<T>(list: readonly T[], n: number): T {
  const item = list[n % list.length];
  if (item === undefined) throw new RangeError('The list is empty');
  return item;
}

/** Runs all races, a few at a time; results come in the races' order. */
async function crowd<T, R>(races: readonly T[], run: (race: T, n: number) => Promise<R>, inFlight = IN_FLIGHT): Promise<readonly R[]> {
  const queue = races.entries();
  const results: R[] = [];
  const runner = async () => {
    for (const [n, race] of queue) results[n] = await run(race, n);
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
  return results;
}

/** How often each text occurs. */
function tally(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

/** The outcomes of one race as a text: `done + 19 flow_expired`. */
function together(outcomes: readonly Outcome[]): string {
  const counts = Object.entries(tally(outcomes)).sort(([one], [other]) => one.localeCompare(other));
  return counts.map(([outcome, count]) => (count === 1 ? outcome : `${count} ${outcome}`)).join(' + ');
}

/** What is there and was not expected (`+`), and the other way round (`-`), counting repetitions. */
function differences(actual: readonly string[], expected: readonly string[]): readonly string[] {
  const [has, wants] = [tally(actual), tally(expected)];
  const texts = [...new Set([...actual, ...expected])];
  return texts.flatMap((text) => {
    const surplus = (has[text] ?? 0) - (wants[text] ?? 0);
    return surplus === 0 ? [] : [`${surplus > 0 ? '+' : '-'}${Math.abs(surplus)} ${text}`];
  });
}

function expectSame(what: string, actual: readonly string[], expected: readonly string[]): void {
  expect(differences(actual, expected), what).to.deep.equal([]);
}

describeOn(databases, 'At the same moment, at two processes,', (kind) => {
  let stage: Stage;
  /** Last words of processes that should have lived. */
  const ended: string[] = [];

  before(async function () {
    this.timeout(TIMEOUT_MS);
    stage = await openStage({
      database: kind,
      processes: 2,
      config: {
        providers: Object.fromEntries(PROVIDERS.map((id) => [id, { displayName: id }])),
        linkByVerifiedEmail: [TRUSTED],
      },
      env: { BASE_URL: 'http://127.0.0.1:3000' }, // One public origin, whichever process answers.
    });
    for (const server of stage.servers)
      void server.exit.then((exit) => ended.push(`${JSON.stringify(exit)} ${server.output().slice(-2000)}`));
  });

  after(async () => {
    const tooEarly = [...ended];
    await stage.close();
    expect(tooEarly, 'processes that ended').to.deep.equal([]);
  });

  /** Whatever the race was. */
  async function expectNobodyHarmed(): Promise<void> {
    expect(await stranded(), 'users without a sign-in method').to.equal(0);
    const doubles = await stage.query('SELECT provider, subject FROM social_links GROUP BY provider, subject HAVING COUNT(*) > 1');
    expect(doubles, 'identities with two owners').to.deep.equal([]);
    const twins = await stage.query('SELECT email FROM users WHERE email IS NOT NULL GROUP BY email HAVING COUNT(*) > 1');
    expect(twins, 'duplicate users').to.deep.equal([]);
    const mishaps = stage.servers.flatMap((server) => server.output().match(/.*"level":[56]0.*/g) ?? []);
    expect(mishaps, 'errors in the log').to.deep.equal([]);
  }

  async function stranded(): Promise<number> {
    const rows = await stage.query(
      'SELECT u.id FROM users u LEFT JOIN social_links l ON l.user_id = u.id WHERE u.password_hash IS NULL AND l.id IS NULL',
    );
    return rows.length;
  }

  /** A client of one process, signed in. */
  function clientOf({ token }: RaceUser, process: number): ApiClient {
    const client = stage.client(process % 2);
    client.token = token;
    return client;
  }

  const insert = (count: number, startOf: (n: number) => RaceStart) => insertRaceUsers(stage, numbers(count).map(startOf));
  const idsOf = (users: readonly RaceUser[]) => ({ ids: users.map(({ id }) => Number(id)) });

  /** `id provider` of every link, and `id password`. */
  async function methodsOf(users: readonly RaceUser[]): Promise<readonly string[]> {
    const links = await stage.query<{ user_id: number; provider: string }>(
      'SELECT user_id, provider FROM social_links WHERE user_id IN (:ids)',
      idsOf(users),
    );
    const passwords = await stage.query<{ id: number }>(
      'SELECT id FROM users WHERE password_hash IS NOT NULL AND id IN (:ids)',
      idsOf(users),
    );
    return [...links.map(({ user_id, provider }) => `${user_id} ${provider}`), ...passwords.map(({ id }) => `${id} password`)];
  }

  /** `id provider` of every audit row of an event. */
  async function auditOf(event: string, users: readonly RaceUser[]): Promise<readonly string[]> {
    const rows = await stage.query<{ user_id: number; provider: string | null }>(
      'SELECT user_id, provider FROM audit_events WHERE event = :event AND user_id IN (:ids)',
      { event, ...idsOf(users) },
    );
    return rows.map(({ user_id, provider }) => `${user_id} ${provider ?? 'password'}`);
  }

  /** `id provider` of every notice, sent or not. */
  async function mailOf(template: string, users: readonly RaceUser[]): Promise<readonly string[]> {
    const idByEmail = new Map(users.map(({ id, email }) => [email, id]));
    const rows = await stage.query<{ message: string }>('SELECT message FROM outbox_messages');
    return rows
      .map(({ message }) => JSON.parse(message))
      .filter((mail) => mail.template === template && idByEmail.has(mail.to))
      .map(({ to, data }) => `${idByEmail.get(to)} ${data.provider ?? 'password'}`);
  }

  async function removePassword(client: ApiClient): Promise<Outcome> {
    return outcomeOf('cloudreve', await client.removePassword(RACE_PASSWORD), 'cloudreve-unlink');
  }

  async function finish(client: ApiClient, provider: StageProvider, back: { code: string; state: string }, success: AnswerName) {
    const answer = await client.finish(provider, back);
    return { outcome: outcomeOf('cloudreve', answer, success), userId: String(answer.json?.data?.user?.id) };
  }

  it('who unlinks both links keeps one of them', async () => {
    const users = await insert(USERS, (n) => ({ providers: ['google', n % 2 === 0 ? 'logto' : 'oidc'], password: false }));
    const pairs = await crowd(users, async (user, n) => {
      const other = n % 2 === 0 ? 'logto' : 'oidc';
      const round = Math.floor(n / 4);
      const dialect = cycled(DIALECTS.google, round);
      const otherDialect = cycled(
        DIALECTS[other].filter((name) => name !== dialect),
        round,
      );
      const process = n >> 1; // Not in step with the provider.
      const calls = [
        async () => ({ method: 'google', outcome: await unlinkIn(dialect, clientOf(user, process), 'google') }),
        async () => ({ method: other, outcome: await unlinkIn(otherDialect, clientOf(user, process + 1), other) }),
      ];
      const order = n % 3 === 0 ? calls : calls.reverse();
      return Promise.all(order.map((call) => call()));
    });

    await expectNobodyHarmed();
    expect(tally(pairs.map((pair) => together(pair.map(({ outcome }) => outcome))))).to.deep.equal({ 'done + only_sign_in_method': USERS });
    const told = (outcome: Outcome) =>
      users.flatMap(({ id }, n) => (pairs[n] ?? []).filter((call) => call.outcome === outcome).map(({ method }) => `${id} ${method}`));
    expectSame('what is left', await methodsOf(users), told('only_sign_in_method'));
    expectSame('audit rows of successes', await auditOf('auth.oauth.unlink.success', users), told('done'));
    expectSame('audit rows of failures', await auditOf('auth.oauth.unlink.failure', users), told('only_sign_in_method'));
    expectSame('mail', await mailOf('unlinked', users), told('done'));
  }).timeout(TIMEOUT_MS);

  it('who removes the password and the only link keeps one of the two', async () => {
    const users = await insert(USERS, (n) => ({ providers: [cycled(PROVIDERS, n)], password: true }));
    const pairs = await crowd(users, async (user, n) => {
      const provider = cycled(PROVIDERS, n);
      const dialect = cycled(DIALECTS[provider], Math.floor(n / 3));
      const calls = [
        async () => ({ method: 'password', outcome: await removePassword(clientOf(user, n)) }),
        async () => ({ method: provider, outcome: await unlinkIn(dialect, clientOf(user, n + 1), provider) }),
      ];
      const order = n % 4 < 2 ? calls : calls.reverse();
      return Promise.all(order.map((call) => call()));
    });

    await expectNobodyHarmed();
    expect(tally(pairs.map((pair) => together(pair.map(({ outcome }) => outcome))))).to.deep.equal({ 'done + only_sign_in_method': USERS });
    const told = (outcome: Outcome) =>
      users.flatMap(({ id }, n) => (pairs[n] ?? []).filter((call) => call.outcome === outcome).map(({ method }) => `${id} ${method}`));
    expectSame('what is left', await methodsOf(users), told('only_sign_in_method'));
    const audited = [...(await auditOf('auth.oauth.unlink.success', users)), ...(await auditOf('auth.password.remove.success', users))];
    expectSame('audit rows of successes', audited, told('done'));
    expectSame('mail', [...(await mailOf('unlinked', users)), ...(await mailOf('password_removed', users))], told('done'));
  }).timeout(TIMEOUT_MS);

  it('an identity that two users link goes to one of them, and the other is told', async () => {
    const users = await insert(USERS, () => ({ providers: [], password: true }));
    const pairs = numbers(USERS / 2).map((n) => users.slice(2 * n, 2 * n + 2));
    const results = await crowd(pairs, async (pair, n) => {
      const provider = cycled(PROVIDERS, n);
      const who = person('shared');
      const openId = stage.providers[provider];
      const backs = await Promise.all(pair.map((user, side) => clientOf(user, n + side).visit(provider, openId, who, { linking: true })));
      // Through the other process than the one it was prepared by, and half of them by the flow alone.
      const finishers = pair.map((user, side) => (n % 4 < 2 ? clientOf(user, n + side + 1) : stage.client((n + side + 1) % 2)));
      const finished = await Promise.all(
        finishers.map((client, side) => finish(client, provider, backs[side] ?? { code: '', state: '' }, 'cloudreve-finish-link')),
      );
      return { provider, outcomes: finished.map(({ outcome }) => outcome) };
    });

    await expectNobodyHarmed();
    expect(tally(results.map(({ outcomes }) => together(outcomes)))).to.deep.equal({ 'done + linked_to_other_user': USERS / 2 });
    const won = results.flatMap(({ provider, outcomes }, n) =>
      (pairs[n] ?? []).filter((_, side) => outcomes[side] === 'done').map(({ id }) => `${id} ${provider}`),
    );
    expectSame('ways in', await methodsOf(users), [...users.map(({ id }) => `${id} password`), ...won]);
    expectSame('audit rows', await auditOf('auth.oauth.link.success', users), won);
    expectSame('mail', await mailOf('linked', users), won);
  }).timeout(TIMEOUT_MS);

  it('who signs in twice for the first time is one user', async () => {
    /** With a verified address, with an unverified one, with none. */
    const stranger = (n: number): Person => {
      const { sub, name, email } = person('new');
      return cycled<Person>(
        [
          { sub, name, email, email_verified: true },
          { sub, name, email },
          { sub, name },
        ],
        n,
      );
    };
    const people = numbers(USERS).map(stranger);
    const countUsers = async () => (await stage.query('SELECT id FROM users')).length;
    const before = await countUsers();
    const results = await crowd(people, async (who, n) => {
      const provider = cycled(PROVIDERS, Math.floor(n / 3));
      const backs = await Promise.all([0, 1].map((process) => stage.client(process).visit(provider, stage.providers[provider], who)));
      return Promise.all(backs.map((back, process) => finish(stage.client(1 - process), provider, back, 'cloudreve-finish-sign-in')));
    });

    await expectNobodyHarmed();
    expect(tally(results.map((pair) => together(pair.map(({ outcome }) => outcome))))).to.deep.equal({ '2 done': USERS });
    expect(
      results.filter(([one, other]) => one?.userId !== other?.userId),
      'told of two users',
    ).to.deep.equal([]);
    expect((await countUsers()) - before).to.equal(USERS);
    const owners = await stage.query<{ user_id: number; subject: string }>(
      'SELECT user_id, subject FROM social_links WHERE subject IN (:subjects)',
      { subjects: people.map(({ sub }) => sub) },
    );
    expectSame(
      'links',
      owners.map(({ subject }) => subject),
      people.map(({ sub }) => sub),
    );
    const ids = owners.map(({ user_id }) => user_id);
    const audit = await stage.query<{ user_id: number; detail: string | null }>(
      "SELECT user_id, detail FROM audit_events WHERE event = 'auth.oauth.sign_in.success' AND user_id IN (:ids)",
      { ids },
    );
    expectSame(
      'audit rows',
      audit.map(({ user_id, detail }) => `${user_id} ${detail === null ? 'known' : 'created'}`),
      ids.flatMap((id) => [`${id} known`, `${id} created`]),
    );
  }).timeout(TIMEOUT_MS);

  it('who is found twice by an address that both sides have verified is linked once', async () => {
    const users = await insert(FOUND, () => ({ providers: [], password: true }));
    const results = await crowd(users, async ({ email }, n) => {
      const who = { sub: `found-${email}`, email, email_verified: true };
      const backs = await Promise.all([0, 1].map((process) => stage.client(process).visit(TRUSTED, stage.providers[TRUSTED], who)));
      return Promise.all(backs.map((back, side) => finish(stage.client((n + side) % 2), TRUSTED, back, 'cloudreve-finish-sign-in')));
    });

    await expectNobodyHarmed();
    expect(tally(results.map((pair) => together(pair.map(({ outcome }) => outcome))))).to.deep.equal({ '2 done': FOUND });
    const linked = users.map(({ id }) => `${id} ${TRUSTED}`);
    expectSame('ways in', await methodsOf(users), [...users.map(({ id }) => `${id} password`), ...linked]);
    expectSame('audit rows of links', await auditOf('auth.oauth.link.success', users), linked);
    expectSame('audit rows of sign-ins', await auditOf('auth.oauth.sign_in.success', users), [...linked, ...linked]);
  }).timeout(TIMEOUT_MS);

  it('of twenty finishes of one flow one gets through, and the provider hears of one', async () => {
    const tokenRequests = () => PROVIDERS.reduce((sum, id) => sum + stage.providers[id].count('/token'), 0);
    const before = tokenRequests();
    const people = numbers(FLOWS).map(() => person('eager'));
    const results = await crowd(
      people,
      async (who, n) => {
        const provider = cycled(PROVIDERS, n);
        const back = await stage.client(n % 2).visit(provider, stage.providers[provider], who);
        const finished = numbers(FINISHES).map((call) => finish(stage.client(call % 2), provider, back, 'cloudreve-finish-sign-in'));
        return (await Promise.all(finished)).map(({ outcome }) => outcome);
      },
      IN_FLIGHT / 4,
    );

    await expectNobodyHarmed();
    expect(tally(results.map(together))).to.deep.equal({ [together(['done', ...numbers(FINISHES - 1).map(() => 'flow_expired')])]: FLOWS });
    expect(tokenRequests() - before).to.equal(FLOWS);
    const owners = await stage.query<{ subject: string }>('SELECT subject FROM social_links WHERE subject IN (:subjects)', {
      subjects: people.map(({ sub }) => sub),
    });
    expect(owners).to.have.length(FLOWS);
  }).timeout(TIMEOUT_MS);

  it('who links, unlinks, sets and removes at random keeps a way in', async () => {
    const users = await insert(SOUP_USERS, (n) => ({ providers: ['google'], password: n % 2 === 0 }));
    const calls = await crowd(
      users,
      async (user) => {
        const anywhere = () => clientOf(user, randomInt(2));
        const linking = async (provider: StageProvider) => {
          const back = await anywhere().visit(provider, stage.providers[provider], person('soup'), { linking: true });
          return async () => ({ what: `link ${provider}`, ...(await finish(anywhere(), provider, back, 'cloudreve-finish-link')) });
        };
        const unlinking = (provider: StageProvider) => async () => ({
          what: `unlink ${provider}`,
          outcome: await unlinkIn(cycled(DIALECTS[provider], randomInt(6)), anywhere(), provider),
        });
        const setting = async () => {
          const answer = await anywhere().setPassword(RACE_PASSWORD, RACE_PASSWORD);
          return { what: 'set password', outcome: outcomeOf('cloudreve', answer, 'cloudreve-unlink') };
        };
        const removing = async () => ({ what: 'remove password', outcome: await removePassword(anywhere()) });
        const kinds = [
          ...(await Promise.all([linking('logto'), linking('oidc')])),
          ...[...PROVIDERS, ...PROVIDERS].map(unlinking),
          ...[setting, removing, removing],
        ];
        const soup = kinds.map(async (call) => {
          await pause(randomInt(60));
          return call();
        });
        return (await Promise.all(soup)).map(({ what, outcome }) => ({ what, outcome }));
      },
      IN_FLIGHT / 2,
    );

    await expectNobodyHarmed();
    const documented: Readonly<Record<string, readonly Outcome[]>> = {
      link: ['done'],
      unlink: ['done', 'not_linked', 'only_sign_in_method'],
      set: ['done', 'wrong_current_password'],
      remove: ['done', 'only_sign_in_method', 'wrong_current_password'],
    };
    const others = calls.flat().filter(({ what, outcome }) => !documented[what.split(' ')[0] ?? '']?.includes(outcome));
    expect(others, 'answers').to.deep.equal([]);

    const succeeded = (verb: string) =>
      users.flatMap(({ id }, n) =>
        (calls[n] ?? [])
          .filter(({ what, outcome }) => outcome === 'done' && what.startsWith(`${verb} `))
          .map(({ what }) => what.replace(verb, id)),
      );
    const linked = [...users.map(({ id }) => `${id} google`), ...succeeded('link')];
    const left = (await methodsOf(users)).filter((method) => !method.endsWith(' password'));
    expectSame('links, those left and those taken away', [...left, ...succeeded('unlink')], linked);
    for (const [verb, template] of Object.entries({ link: 'linked', unlink: 'unlinked' })) {
      expectSame(`audit rows of ${verb}`, await auditOf(`auth.oauth.${verb}.success`, users), succeeded(verb));
      expectSame(`mail of ${verb}`, await mailOf(template, users), succeeded(verb));
    }
    expectSame('mail of removed passwords', await mailOf('password_removed', users), await auditOf('auth.password.remove.success', users));
    const methods = new Set((await methodsOf(users)).map((method) => method.split(' ')[0]));
    expect(users.filter(({ id }) => !methods.has(id))).to.deep.equal([]);
  }).timeout(TIMEOUT_MS);
});
