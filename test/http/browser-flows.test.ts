// A browser's trips to a provider and back: they do what they were begun for, once, in the browser that began them.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { Redirect } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { TEST_SECRET } from '../support/server.js';
import { besideRedis, type DatabaseKind, describeOn, describeWithRedis, redisUrl } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const SESSION = 'latchkey-session';

/** The id of a flow that the callback would finish, if there were one. */
const nowhere = () => randomUUID().replace(/^(.{14})./, '$18');

const arrive = (browser: BrowserClient, back: object, segment = 'google', headers: Fields = {}) =>
  browser.call('GET', `/callback/openid/${segment}?${new URLSearchParams({ ...back })}`, undefined, {
    headers: { 'sec-fetch-site': 'cross-site', ...headers },
  });

/** A browser that has these cookies of another one. */
function copyOf(browser: BrowserClient, names: readonly string[] = [...browser.cookies.keys()]): BrowserClient {
  const copy = new BrowserClient(browser.base);
  for (const name of names) copy.cookies.set(name, browser.cookies.get(name) ?? '');
  return copy;
}

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind, redis, env: { LOG_LEVEL: 'trace' } });
  });
  after(() => stage.close());

  const signedIn = async (who: Person = person()) => {
    const browser = stage.browser();
    expect((await browser.signIn('oidc', stage.providers.oidc, who)).status).to.equal(302);
    return browser;
  };

  async function approved(browser: BrowserClient, path = '/auth/google', who: Person = person()) {
    const out = await browser.open(path);
    expect(out.status, out.text).to.equal(302);
    return stage.providers.google.approve(String(out.headers.get('location')), who);
  }

  const whoIs = async (browser: BrowserClient) => (await browser.me()).json?.user?.email ?? (await browser.me()).status;

  async function rows(): Promise<object> {
    const count = async (table: string) => Number((await stage.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);
    const tables = ['users', 'social_links', 'refresh_tokens', 'outbox_messages'];
    return Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await count(table)])));
  }

  async function lastFailure(): Promise<object> {
    const [row] = await stage.query<{ event: string; provider: string; detail: string }>(
      "SELECT event, provider, detail FROM audit_events WHERE event LIKE '%.failure' ORDER BY id DESC LIMIT 1",
    );
    return { event: row?.event, provider: row?.provider, reason: JSON.parse(row?.detail ?? '{}').reason };
  }

  /** Approved, and its ten minutes over. */
  async function expired(browser: BrowserClient, meanwhile = async (_back: Redirect) => {}): Promise<object> {
    const connection = redis ? new Redis(await redisUrl()) : undefined;
    const keys = async () => (await connection?.keys('latchkey:flow:*')) ?? [];
    const before = await keys();
    const back = await approved(browser);
    await meanwhile(back);
    for (const key of await keys()) if (!before.includes(key)) await connection?.pexpire(key, 0);
    connection?.disconnect();
    if (!redis) await change(stage, 'UPDATE flows SET expires_at = :past', { past: Date.now() - 1 });
    return back;
  }

  /** The page about a flow that never was, in that very browser. */
  const pageOfNothing = async (browser: BrowserClient) => {
    const { status, text } = await arrive(copyOf(browser), { code: 'a-code', state: nowhere(), iss: 'https://nowhere.example' });
    return { status, text };
  };

  /** Refused like a flow that never was; the provider is asked nothing, and nothing is changed. */
  async function expectRefused(browser: BrowserClient, back: object, segment?: string): Promise<void> {
    const [asked, before, was] = [stage.providers.google.count('/token'), await rows(), await whoIs(browser)];
    const id = browser.cookies.get(SESSION);
    const { status, text, headers } = await arrive(browser, back, segment);
    expect({ status, text }).to.deep.equal(await pageOfNothing(browser));
    expect([status, headers.get('content-type'), headers.get('cache-control')]).to.deep.equal([
      400,
      'text/html; charset=utf-8',
      'no-store',
    ]);
    expect(text).to.include('role="alert"');
    expect(stage.providers.google.count('/token'), 'token requests').to.equal(asked);
    expect([await rows(), await whoIs(browser), browser.cookies.get(SESSION)]).to.deep.equal([before, was, id]);
    expect(await lastFailure()).to.include({ event: 'auth.oauth.sign_in.failure', reason: 'flow_expired' });
  }

  async function expectArrives(browser: BrowserClient, back: object, at = '/'): Promise<void> {
    const answer = await arrive(browser, back);
    expect([answer.status, answer.headers.get('location')], answer.text).to.deep.equal([302, at]);
  }

  it('signs in, links and unlinks, each under a new session id', async () => {
    const [who, browser, ids] = [person(), stage.browser(), new Set<string | undefined>()];
    const note = () => ids.add(browser.cookies.get(SESSION));
    expect((await browser.me()).status).to.equal(401);
    await expectArrives(browser, await approved(browser, '/auth/google?returnTo=/after?a=1%23x', who), '/after?a=1#x');
    note();
    const me = await browser.me();
    expect(me.status).to.equal(200);
    expect(me.json?.user).to.include({ email: who.email, nickname: who.name });
    expect((await browser.link('oidc', stage.providers.oidc, person(), '/linked')).headers.get('location')).to.equal('/linked');
    note();
    const form = await browser.submit('/account/connections/logto/link');
    expect(form.status, form.text).to.equal(303);
    const back = await stage.providers.logto.approve(String(form.headers.get('location')));
    const linked = await arrive(browser, back, '0');
    expect([linked.status, linked.headers.get('location')]).to.deep.equal([302, '/account/connections']);
    note();
    for (const provider of ['google', 'oidc']) {
      const answer = await browser.submit(`/account/connections/${provider}/unlink`);
      expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, '/account/connections']);
      note();
    }
    const last = await browser.submit('/account/connections/logto/unlink');
    expect(last.status, 'the last way in').to.equal(400);
    expect(ids.size).to.equal(5);
    const kept = 'SELECT provider FROM social_links WHERE user_id = (SELECT id FROM users WHERE email = :email)';
    expect(await stage.query(kept, { email: who.email })).to.deep.equal([{ provider: 'logto' }]);
    expect((await browser.submit('/auth/logout')).status).to.equal(303);
    expect((await browser.me()).status).to.equal(401);
  });

  it('gives a stranger who has the redirect URL nothing, and its owner everything', async () => {
    const owner = stage.browser();
    const back = await approved(owner);
    const withAFlow = stage.browser();
    await approved(withAFlow);
    for (const stranger of [stage.browser(), withAFlow, await signedIn()]) await expectRefused(stranger, back);
    await expectArrives(owner, back);
  });

  it('does not sign a victim in as the attacker whose redirect URL they were made to open', async () => {
    const [attacker, victim] = [stage.browser(), await signedIn()];
    await approved(victim); // The victim has a flow cookie, too.
    await expectRefused(victim, await approved(attacker));
    await expectRefused(victim, await approved(await signedIn(), '/auth/google/link'));
  });

  it('finishes a trip once, and sends the browser that comes again on to where it led', async () => {
    const [browser, who] = [stage.browser(), person()];
    const back = await approved(browser, '/auth/google?returnTo=/after', who);
    const [answerLost, asked] = [copyOf(browser), stage.providers.google.count('/token')];
    await expectArrives(browser, back, '/after');
    const before = await rows();
    for (const again of [browser, browser, answerLost]) {
      await expectArrives(again, back, '/after');
      expect(await whoIs(again)).to.equal(who.email);
    }
    expect(await rows(), 'signed in once').to.deep.equal(before);
    expect(stage.providers.google.count('/token') - asked, 'token requests').to.equal(1);
    await expectRefused(stage.browser(), back);
    await expectRefused(copyOf(browser, [SESSION]), back);
  });

  it('finishes one of eight at once, and sends all on', async () => {
    const [browser, who] = [stage.browser(), person()];
    const back = await approved(browser, '/auth/google?returnTo=/after', who);
    const [asked, tabs] = [stage.providers.google.count('/token'), Array.from({ length: 8 }, () => copyOf(browser))];
    const before = await stage.query('SELECT id FROM refresh_tokens');
    const failed = await lastFailure();
    const answers = await Promise.all(tabs.map((tab) => arrive(tab, back)));
    expect(answers.map(({ status, headers }) => `${status} ${headers.get('location')}`)).to.deep.equal(tabs.map(() => '302 /after'));
    for (const tab of tabs) expect(await whoIs(tab)).to.equal(who.email);
    expect(stage.providers.google.count('/token') - asked, 'token requests').to.equal(1);
    expect((await stage.query('SELECT id FROM refresh_tokens')).length - before.length, 'sign-ins').to.equal(1);
    expect(await lastFailure(), 'nothing failed').to.deep.equal(failed);
  });

  it('links once, and sends on who comes again, signed in as before', async () => {
    const [who, browser] = [person(), stage.browser()];
    await browser.signIn('oidc', stage.providers.oidc, who);
    const back = await approved(browser, '/auth/google/link?returnTo=/after');
    const tabs = Array.from({ length: 4 }, () => copyOf(browser));
    const answers = await Promise.all(tabs.map((tab) => arrive(tab, back)));
    expect(answers.map(({ status, headers }) => `${status} ${headers.get('location')}`)).to.deep.equal(tabs.map(() => '302 /after'));
    const late = copyOf(browser);
    await expectArrives(late, back, '/after');
    for (const tab of [...tabs, late]) expect(await whoIs(tab)).to.equal(who.email);
    const linked = 'SELECT id FROM audit_events WHERE event = :event AND user_id = (SELECT id FROM users WHERE email = :email)';
    expect(await stage.query(linked, { event: 'auth.oauth.link.success', email: who.email })).to.have.length(1);
  });

  it('lets nobody wait for a trip that fails', async () => {
    const browser = stage.browser();
    const [back, google] = [await approved(browser), stage.providers.google];
    google.bend.token = async (honest) => {
      await setTimeout(300);
      return { ...honest, id_token: 'nonsense' };
    };
    const answers = await Promise.all(Array.from({ length: 4 }, () => arrive(copyOf(browser), back))).finally(() => {
      delete google.bend.token;
    });
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([400, 400, 400, 502]);
  });

  it('gives nobody their session back who has signed out, or in as somebody else', async () => {
    const browser = stage.browser();
    const back = await approved(browser);
    const flow = copyOf(browser);
    await expectArrives(browser, back);
    const other = copyOf(browser);
    const somebody = person();
    await other.signIn('oidc', stage.providers.oidc, somebody);
    await expectArrives(other, back);
    expect(await whoIs(other)).to.equal(somebody.email);
    await expectArrives(flow, back);
    expect(await whoIs(flow), 'another sign-in has ended that one').to.equal(401);
  });

  it('is sent on no longer than the ten minutes of its flow', async () => {
    const browser = stage.browser();
    await expectRefused(browser, await expired(browser, (back) => expectArrives(browser, back)));
  });

  it('is over after ten minutes', async () => {
    const browser = stage.browser();
    await expectRefused(browser, await expired(browser));
  });

  it("survives the callback of another provider, and a state that is not quite the flow's", async () => {
    const browser = stage.browser();
    const back = await approved(browser);
    await expectRefused(browser, back, '2');
    for (const state of [back.state.toUpperCase(), `${back.state} `, `${back.state}0`]) await expectRefused(browser, { ...back, state });
    await expectArrives(browser, back);
  });

  it('links for nobody but who began it, still signed in', async () => {
    const owner = await signedIn();
    const back = await approved(owner, '/auth/google/link');
    const [signedOut, another] = [copyOf(owner, ['latchkey-flow']), await signedIn()];
    another.cookies.set('latchkey-flow', owner.cookies.get('latchkey-flow') ?? '');
    await expectRefused(signedOut, back);
    await expectRefused(another, back);
    await expectArrives(owner, back);
    expect(await lastFailure()).to.include({ event: 'auth.oauth.sign_in.failure', provider: 'google' });
  });

  it('goes through the door it was begun at', async () => {
    const browser = stage.browser();
    const prepared = await browser.call('PUT', '/session/openid', { provider: 'google' });
    const json = await stage.providers.google.approve(String(prepared.json?.data));
    expect((await arrive(browser, json)).text, 'a page that finishes nothing itself').to.include('finish.js');
    // The version digit is what tells the doors apart; changing it finds no flow.
    await expectRefused(browser, { ...json, state: json.state.replace(/^(.{14})./, '$18') });
    expect(browser.cookies.has(SESSION)).to.equal(false);
    const back = await approved(browser);
    const finish = (state: string) =>
      browser.call('POST', '/session/openid', { code: back.code, session_id: state, provider_id: 'google', iss: back.iss });
    const answers = [];
    for (const state of [back.state, back.state.replace(/^(.{14})./, '$14'), randomUUID()]) answers.push((await finish(state)).json);
    for (const answer of answers) expect({ ...answer, correlation_id: 0 }).to.deep.equal({ ...answers[2], correlation_id: 0 });
    expect(answers[0]?.code).to.equal(40023);
    await expectArrives(browser, back);
    expect(
      (await browser.call('POST', '/session/openid', { code: json.code, session_id: json.state, provider_id: 'google' })).json?.code,
    ).to.equal(0);
  });

  it('keeps codes, verifiers, cookies and secrets out of its log and its failure pages', async () => {
    const browser = stage.browser();
    const back = await approved(browser);
    const page: HttpAnswer = await arrive(browser, { ...back, iss: 'https://attacker.example' });
    expect(page.status).to.equal(502);
    const forms = stage.providers.google.requests.map(({ form }) => form);
    const secrets = [back.code, back.state, ...browser.cookies.values(), TEST_SECRET, stage.providers.google.clientSecret].concat(
      forms.flatMap(({ code = [], code_verifier = [] }) => [code, code_verifier].flat()),
    );
    expect(secrets).to.have.length.above(8);
    for (const secret of secrets) {
      expect(page.text).not.to.include(secret);
      for (const server of stage.servers) expect(server.output()).not.to.include(secret);
    }
    expect(stage.servers[0]?.output()).to.include('request refused');
  });
}

describeOn(['sqlite'], 'A trip in a browser', (kind) => suite(kind, false));
describeWithRedis('A trip in a browser, with Redis,', () => suite(besideRedis(), true));
