// Links by mail that are followed at the same moment, at two server processes on one database: each works once, nobody loses the
// last way in, no address has two owners.

import { expect } from 'chai';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { insertPending, insertProofs } from '../support/race-proofs.js';
import { insertRaceUsers, RACE_PASSWORD, type RaceStart, type RaceUser } from '../support/race-users.js';
import { databases, describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

/** As many of each race; `RACES=300` where everything must be shown. */
const RACES = Number(process.env.RACES ?? 40);
const IN_FLIGHT = 12;
const TIMEOUT_MS = 240_000;

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

async function crowd<T, R>(races: readonly T[], run: (race: T, n: number) => Promise<R>): Promise<readonly R[]> {
  const queue = races.entries();
  const results: R[] = [];
  const runner = async () => {
    for (const [n, race] of queue) results[n] = await run(race, n);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, runner));
  return results;
}

/** All at a time, begun in turns in another order. */
function atOnce<R>(n: number, calls: readonly (() => Promise<R>)[]): Promise<readonly R[]> {
  const order = calls.map((_, index) => (index + n) % calls.length);
  const begun = new Map(order.map((index) => [index, calls[index]?.()]));
  return Promise.all(calls.map(async (_, index) => (await begun.get(index)) as R));
}

/** `done`, or what a documented failure is called. */
function outcomeOf({ json, text }: HttpAnswer): string {
  const [success, code]: readonly unknown[] = [json?.success, json?.code];
  if (success === true || code === 0) return 'done';
  return String(json?.error?.i18nKey ?? json?.code ?? text);
}

function tally(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

describeOn(databases, 'Links by mail, at the same moment at two processes,', (kind) => {
  let stage: Stage;

  before(async function () {
    this.timeout(TIMEOUT_MS);
    stage = await openStage({
      database: kind,
      processes: 2,
      config: { verifyEmail: true },
      env: { BASE_URL: 'http://127.0.0.1:3000' },
    });
  });
  after(() => stage.close());

  async function expectNobodyHarmed(): Promise<void> {
    const stranded = await stage.query(
      "SELECT u.id FROM users u LEFT JOIN social_links l ON l.user_id = u.id WHERE u.status = 'active' AND l.id IS NULL AND (u.password_hash IS NULL OR u.email IS NULL)",
    );
    expect(stranded, 'active users without a sign-in method').to.deep.equal([]);
    const twins = await stage.query('SELECT email FROM users WHERE email IS NOT NULL GROUP BY email HAVING COUNT(*) > 1');
    expect(twins, 'addresses with two owners').to.deep.equal([]);
    const doubles = await stage.query('SELECT provider, subject FROM social_links GROUP BY provider, subject HAVING COUNT(*) > 1');
    expect(doubles, 'identities with two owners').to.deep.equal([]);
    const mishaps = stage.servers.flatMap((server) => server.output().match(/.*"level":[56]0.*/g) ?? []);
    expect(mishaps, 'errors in the log').to.deep.equal([]);
  }

  const insert = (startOf: (n: number) => RaceStart) => insertRaceUsers(stage, numbers(RACES).map(startOf));
  const post = (n: number, path: string, body: object) => stage.client(n % 2).call('POST', `/api/v1/auth/${path}`, body);
  const reset = (n: number, token: string, newPassword: string) => post(n, 'reset-password', { token, newPassword });
  const verify = (n: number, token: string) => post(n, 'verify-email', { token });
  const enters = async (email: string, password: string) =>
    outcomeOf(await stage.client().call('POST', '/session/token', { email, password })) === 'done';

  async function count(event: string, users: readonly { readonly id: string }[]): Promise<number> {
    const rows = await stage.query('SELECT id FROM audit_events WHERE event = :event AND user_id IN (:ids)', {
      event,
      ids: users.map(({ id }) => Number(id)),
    });
    return rows.length;
  }

  async function noticesOf(template: string, users: readonly RaceUser[]): Promise<number> {
    const emails = new Set(users.map(({ email }) => email));
    const rows = await stage.query<{ message: string }>('SELECT message FROM outbox_messages');
    return rows.map(({ message }) => JSON.parse(message)).filter((mail) => mail.template === template && emails.has(mail.to)).length;
  }

  it('of two resets with one link one sets the password', async () => {
    const users = await insert((n) => ({ providers: n % 2 === 0 ? [] : ['google'], password: n % 2 === 0 }));
    const tokens = await insertProofs(
      stage,
      users.map(({ id, email }) => ({ purpose: 'reset', userId: id, address: email })),
    );
    const chosen = (n: number) => [`Chosen by the one ${n}`, `Chosen by the Other ${n}`] as const;
    const pairs = await crowd(tokens, (token, n) =>
      atOnce(
        n,
        chosen(n).map((password, side) => () => reset(n + side, token, password)),
      ),
    );
    await expectNobodyHarmed();
    expect(tally(pairs.map((pair) => pair.map(outcomeOf).sort().join(' + ')))).to.deep.equal({
      'auth.reset_password.invalid_token + done': RACES,
    });
    expect(await count('auth.reset_password.success', users)).to.equal(RACES);
    expect(await noticesOf('password_reset', users)).to.equal(RACES);
    const signedIn = await crowd(users, ({ email }, n) => Promise.all(chosen(n).map((password) => enters(email, password))));
    const won = pairs.map((pair) => pair.map((answer) => outcomeOf(answer) === 'done'));
    expect(signedIn).to.deep.equal(won);
  }).timeout(TIMEOUT_MS);

  it('a reset against an unlink leaves a way in, and the link where it was the last one', async () => {
    const users = await insert((n) => ({ providers: ['google'], password: n % 2 === 0 }));
    const tokens = await insertProofs(
      stage,
      users.map(({ id, email }) => ({ purpose: 'reset', userId: id, address: email })),
    );
    const results = await crowd(users, async ({ token }, n) => {
      const client = stage.client(n % 2);
      client.token = token;
      const [unlinked, done] = await atOnce(n, [
        () => client.call('DELETE', '/api/v1/auth/oauth/unlink/google'),
        () => reset(n + 1, tokens[n] ?? '', `Chosen by mail ${n}`),
      ]);
      return [unlinked, done].map((answer) => (answer === undefined ? '' : outcomeOf(answer)));
    });
    await expectNobodyHarmed();
    expect(tally(results.map(([, done = '']) => done))).to.deep.equal({ done: RACES });
    const unlinks = new Set(results.map(([unlinked = ''], n) => `${n % 2 === 0 ? 'with a password' : 'without'}: ${unlinked}`));
    expect([...unlinks]).to.satisfy((seen: string[]) =>
      seen.every((each) =>
        [
          'with a password: done',
          'with a password: auth.token.invalid',
          'without: auth.token.invalid',
          'without: auth.oauth.only_auth_method',
        ].includes(each),
      ),
    );
    const left = await stage.query<{ user_id: number }>('SELECT user_id FROM social_links WHERE user_id IN (:ids)', {
      ids: users.map(({ id }) => Number(id)),
    });
    expect(left.length).to.equal(results.filter(([unlinked]) => unlinked !== 'done').length);
    const signedIn = await crowd(users, ({ email }, n) => enters(email, `Chosen by mail ${n}`));
    expect(signedIn).to.deep.equal(numbers(RACES).map(() => true));
  }).timeout(TIMEOUT_MS);

  it('an address that a sign-up, a change of address and a provider prove at once goes to one of them', async () => {
    const wanted = numbers(RACES).map(() => person('wanted'));
    const pending = await insertPending(
      stage,
      wanted.map(({ email }) => email),
    );
    const movers = await insert(() => ({ providers: ['google'], password: true }));
    const tokens = await insertProofs(
      stage,
      movers.map(({ id }, n) => ({ purpose: 'address', userId: id, address: wanted[n]?.email ?? '' })),
    );
    const results = await crowd(wanted, async (who, n) => {
      const client = stage.client(n % 2);
      const back = await client.visit('oidc', stage.providers.oidc, who);
      const answers = await atOnce(n, [
        () => verify(n, pending[n]?.token ?? ''),
        () => verify(n + 1, tokens[n] ?? ''),
        () => client.finish('oidc', back),
      ]);
      return answers.map(outcomeOf);
    });
    await expectNobodyHarmed();
    expect(results.map((outcomes) => outcomes.filter((outcome) => outcome === 'done').length)).to.deep.equal(numbers(RACES).map(() => 1));
    const refused = new Set(results.flat().filter((outcome) => outcome !== 'done'));
    for (const each of refused) expect(each).to.be.oneOf(['auth.verify_email.invalid_token', 'auth.oauth.email_taken', '40032']);
    const owners = await stage.query<{ id: number; email: string; email_verified: boolean | number; status: string }>(
      'SELECT id, email, email_verified, status FROM users WHERE email IN (:emails)',
      { emails: wanted.map(({ email }) => email) },
    );
    expect(owners.length).to.equal(RACES);
    for (const owner of owners) expect([Boolean(owner.email_verified), owner.status]).to.deep.equal([true, 'active']);
    const byEmail = new Map(owners.map(({ id, email }) => [email, String(id)]));
    for (const [n, [signUp, change]] of results.entries()) {
      const owner = byEmail.get(wanted[n]?.email ?? '');
      expect(owner === pending[n]?.id, `${n}: the sign-up`).to.equal(signUp === 'done');
      expect(owner === movers[n]?.id, `${n}: the change`).to.equal(change === 'done');
    }
    const statuses = await stage.query<{ id: number; status: string }>('SELECT id, status FROM users WHERE id IN (:ids)', {
      ids: pending.map(({ id }) => Number(id)),
    });
    const statusOf = new Map(statuses.map(({ id, status }) => [String(id), status]));
    expect(pending.map(({ id }) => statusOf.get(id))).to.deep.equal(results.map(([signUp]) => (signUp === 'done' ? 'active' : 'inactive')));
  }).timeout(TIMEOUT_MS);

  it('an address that is proven by another while its account unlinks leaves that account with the link, or to nobody', async () => {
    const users = await insert(() => ({ providers: ['google'], password: true }));
    const ids = users.map(({ id }) => Number(id));
    const typed = kind === 'postgres' ? 'FALSE' : '0';
    await change(stage, `UPDATE users SET email_verified = ${typed} WHERE id IN (:ids)`, { ids });
    const pending = await insertPending(
      stage,
      users.map(({ email }) => email),
    );
    const results = await crowd(users, async ({ token }, n) => {
      const client = stage.client(n % 2);
      client.token = token;
      const calls = [() => verify(n + 1, pending[n]?.token ?? ''), () => client.call('DELETE', '/api/v1/auth/oauth/unlink/google')];
      return (await atOnce(n, calls)).map(outcomeOf);
    });
    await expectNobodyHarmed();
    expect(tally(results.map(([verified = '']) => verified))).to.deep.equal({ done: RACES });
    const rows = await stage.query<{ id: number; status: string; email: string | null; links: number | string }>(
      'SELECT u.id, u.status, u.email, (SELECT COUNT(*) FROM social_links l WHERE l.user_id = u.id) AS links FROM users u WHERE u.id IN (:ids)',
      { ids },
    );
    const left = new Map(rows.map(({ id, status, email, links }) => [String(id), `${status} ${email} ${links}`]));
    for (const [n, [, unlinked = '']] of results.entries()) {
      const what = left.get(users[n]?.id ?? '');
      if (unlinked === 'done') expect(what, `${n}: unlinked first`).to.equal('inactive null 0');
      else expect([unlinked, what], `${n}: proven first`).to.deep.equal(['auth.oauth.only_auth_method', 'active null 1']);
    }
  }).timeout(TIMEOUT_MS);

  it('two who sign up with one address at once are one pending account, and the link of the last mail proves it', async () => {
    const people = numbers(RACES).map(() => person('twice'));
    const pairs = await crowd(people, ({ email }, n) =>
      atOnce(
        n,
        [0, 1].map((side) => () => stage.client((n + side) % 2).call('POST', '/user', { email, password: RACE_PASSWORD })),
      ),
    );
    await expectNobodyHarmed();
    expect(tally(pairs.map((pair) => pair.map(outcomeOf).sort().join(' + ')))).to.deep.equal({ '203 + 40033': RACES });
    const emails = people.map(({ email }) => email);
    expect((await stage.query('SELECT id FROM users WHERE email IN (:emails)', { emails })).length).to.equal(RACES);
    expect((await stage.query('SELECT slot FROM address_proofs WHERE address IN (:emails)', { emails })).length).to.equal(RACES);
  }).timeout(TIMEOUT_MS);
});
