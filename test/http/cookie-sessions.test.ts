// A browser's session: whom its cookie signs in, that its id changes with every change, and that nothing planted before survives.

import { expect } from 'chai';
import { Redis } from 'ioredis';
import { BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { overToken } from '../support/over-token.js';
import { type Person, person } from '../support/person.js';
import { TEST_SECRET } from '../support/server.js';
import { besideRedis, type DatabaseKind, describeOn, describeWithRedis, redisUrl } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { extIdpId, PASSWORD } from './scenarios.js';

const SESSION = 'latchkey-session';
const OTHER_PASSWORD = 'another long passphrase';

/** A browser with this session cookie and no other. */
function withCookie(base: string, cookie: string | undefined): BrowserClient {
  const browser = new BrowserClient(base);
  if (cookie !== undefined) browser.cookies.set(SESSION, cookie);
  return browser;
}

/** `s:ID.SIGNATURE`: what a store knows the session by. */
const idIn = (cookie: string | undefined) => /^s:([^.]+)\./.exec(decodeURIComponent(cookie ?? ''))?.[1] ?? '';

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind, redis, env: { LOG_LEVEL: 'trace' } });
  });
  after(() => stage.close());

  const cookieOf = (browser: BrowserClient) => browser.cookies.get(SESSION);
  const statusOf = async (cookie: string | undefined) => (await withCookie(stage.browser().base, cookie).me()).status;
  const whoIs = async (browser: BrowserClient) => (await browser.me()).json?.user?.email;
  const links = (browser: BrowserClient) =>
    browser.call('GET', '/user/setting').then(({ json }) => [json?.data?.open_id, json?.data?.links].flat());

  async function signedIn(who: Person = person(), provider: StageProvider = 'google'): Promise<BrowserClient> {
    const browser = stage.browser();
    const answer = await browser.signIn(provider, stage.providers[provider], who);
    expect(answer.status, answer.text).to.equal(302);
    return browser;
  }

  async function linkByJson(browser: BrowserClient, provider: StageProvider, number: unknown): Promise<HttpAnswer> {
    const prepared = await browser.call('PUT', '/session/openid', { provider: number, linking: true });
    const { code, state } = await stage.providers[provider].approve(String(prepared.json?.data), person());
    return browser.call('POST', '/session/openid', { code, session_id: state, provider_id: number });
  }

  /** How many sessions the store keeps. */
  async function kept(): Promise<number> {
    if (!redis) return Number((await stage.query<{ n: number }>('SELECT COUNT(*) AS n FROM sessions'))[0]?.n);
    const connection = new Redis(await redisUrl());
    return (await connection.keys('latchkey:session:*').finally(() => connection.disconnect())).length;
  }

  it('is not lost to a slow answer from before its id changed', async () => {
    const [browser, { oidc, logto }] = [await signedIn(), stage.providers];
    await browser.link('oidc', oidc, person());
    const other = stage.browser(); // Another tab, so to say, of the same browser.
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    let answered: number | undefined;
    logto.bend.discovery = async (honest) => {
      answered ??= (await other.submit('/account/connections/oidc/unlink')).status;
      return honest;
    };
    const slow = await browser.open('/auth/logto/link').finally(() => {
      delete logto.bend.discovery;
    });
    expect([slow.status, answered]).to.deep.equal([302, 303]);
    const last = slow.headers.getSetCookie().find((line) => line.startsWith(`${SESSION}=`));
    expect(last ?? 'none', 'the browser keeps the new id').to.equal('none');
    expect((await other.me()).status).to.equal(200);
  });

  it('has a new id after every change, and the old one is worth nothing', async () => {
    const { google, oidc, logto } = stage.providers;
    const [who, browser, before] = [person(), await signedIn(), await kept()];
    const steps: readonly (readonly [string, () => Promise<HttpAnswer>])[] = [
      ['signs in as somebody else', () => browser.signIn('google', google, who)],
      ['signs in anew', () => browser.signIn('google', google, who)],
      ['links', () => browser.link('oidc', oidc, person())],
      ['links by JSON', () => linkByJson(browser, 'logto', 0)],
      ['unlinks in Cloudreve', () => browser.call('DELETE', '/session/openid/0')],
      ['links once more', () => browser.link('logto', logto, person())],
      ['unlinks in GenAuth', () => browser.call('POST', '/api/v3/unlink-extidp', { extIdpId: extIdpId('logto') })],
      ['unlinks in BIO.RE', () => browser.call('DELETE', '/api/v1/auth/oauth/unlink/google')],
      ['sets a password', () => browser.call('PATCH', '/user/setting', { new_password: PASSWORD })],
      ['unlinks on the page', () => browser.submit('/account/connections/oidc/unlink')],
      ['signs in by password', () => browser.submit('/auth/password', { email: who.email, password: PASSWORD })],
      [
        'changes the password on the page',
        () => browser.submit('/account/connections/password', { new_password: OTHER_PASSWORD, current_password: PASSWORD }),
      ],
      ['links a last time', () => browser.link('oidc', oidc, person())],
      ['removes the password', () => browser.submit('/account/connections/password/remove', { current_password: OTHER_PASSWORD })],
    ];
    const seen = new Set([cookieOf(browser)]);
    for (const [what, step] of steps) {
      const old = cookieOf(browser);
      const answer = await step();
      expect(answer.status, `${what}: ${answer.text}`).to.be.oneOf([200, 302, 303]);
      if (answer.json !== undefined) expect(answer.json.code ?? answer.json.statusCode ?? 0, answer.text).to.be.oneOf([0, 200]);
      expect([await statusOf(old), await whoIs(browser)], what).to.deep.equal([401, who.email]);
      seen.add(cookieOf(browser));
    }
    expect(seen.size).to.equal(steps.length + 1);
    expect(await kept(), 'nothing of the old ones stays').to.equal(before);
    const last = cookieOf(browser);
    expect((await browser.submit('/auth/logout')).status).to.equal(303);
    expect([cookieOf(browser), await statusOf(last), await kept()]).to.deep.equal([undefined, 401, before - 1]);
  });

  it('keeps its id when nothing changes', async () => {
    const browser = await signedIn();
    const cookie = cookieOf(browser);
    for (const path of ['/auth/me', '/account/connections', '/auth/oidc/link', '/user/setting']) await browser.open(path);
    expect((await browser.submit('/account/connections/google/unlink')).status, 'the last way in').to.equal(400);
    expect(cookieOf(browser)).to.equal(cookie);
  });

  it('is never one that somebody has planted before the sign-in', async () => {
    const [attacker, signedOut, who] = [await signedIn(), await signedIn(), person()];
    const over = cookieOf(signedOut);
    await signedOut.submit('/auth/logout');
    await stage.client().signUp(who.email, PASSWORD);
    const ways: readonly ((browser: BrowserClient) => Promise<unknown>)[] = [
      (browser) => browser.signIn('google', stage.providers.google, { ...who, sub: `${who.sub}-2`, email: `2-${who.email}` }),
      (browser) => browser.submit('/auth/password', { email: who.email, password: PASSWORD }),
    ];
    for (const signIn of ways) {
      for (const planted of [cookieOf(attacker), over, 's%3Achosen.c2lnbmF0dXJl', 'chosen']) {
        const victim = withCookie(stage.browser().base, planted);
        await signIn(victim);
        expect(await whoIs(victim)).to.include(who.email);
        expect([idIn(cookieOf(victim)) === idIn(planted), await statusOf(planted)], planted).to.deep.equal([false, 401]);
      }
      await attacker.signIn('google', stage.providers.google, person());
    }
  });

  it('begins with a sign-in, not before', async () => {
    const [browser, before] = [stage.browser(), await kept()];
    const { google } = stage.providers;
    await browser.submit('/auth/logout');
    await browser.submit('/auth/password', { email: 'nobody@example.test', password: PASSWORD });
    for (const path of ['/', '/auth/me', '/account/connections', '/auth/oidc', '/auth/oidc/link']) await browser.open(path);
    await browser.call('PUT', '/session/openid', { provider: 'google' });
    const answer = await browser.signIn('google', google, person()); // The only one of them that opens a session.
    expect(answer.status).to.equal(302);
    const lines = browser.setCookies.filter((line) => line.startsWith(`${SESSION}=s`));
    expect([lines.length, await kept()]).to.deep.equal([1, before + 1]);
  });

  it('is no match for a token: that alone decides', async () => {
    const [one, other] = [person(), person()];
    const browser = await signedIn(one);
    await browser.link('oidc', stage.providers.oidc, person());
    const { token = '' } = await stage.client().signIn('google', stage.providers.google, other);
    const by = (authorization: string) => ({ headers: { authorization } });
    const me = await browser.call('GET', '/auth/me', undefined, by(`Bearer ${token}`));
    expect(me.json?.user?.email).to.equal(other.email);
    const unlink = await browser.call('DELETE', '/session/openid/2', undefined, by(token));
    expect(unlink.json?.code, "the token's user has no such link").to.equal(40068);
    const over = await overToken(token);
    for (const bad of [`Bearer ${over}`, over]) {
      const call = (method: string, path: string, body?: unknown) => browser.call(method, path, body, by(bad));
      expect((await call('GET', '/auth/me')).status, bad).to.equal(401);
      expect((await call('GET', '/user/setting')).json?.code, bad).to.equal(401);
      expect((await call('GET', '/api/v3/get-identities')).json?.statusCode, bad).to.equal(401);
      expect((await call('DELETE', '/api/v1/auth/oauth/unlink/google')).status, bad).to.equal(401);
      expect((await call('POST', '/account/connections/google/unlink')).status, bad).to.equal(401);
    }
    expect(await links(browser)).to.have.length(2);
    const identities = await browser.call('GET', '/api/v3/get-identities');
    expect(identities.json?.data).to.have.length(2);
    expect([identities.json?.statusCode, await whoIs(browser)]).to.deep.equal([200, one.email]);
  });

  it('leaves its id and its cookie in no log, no table and no answer', async () => {
    const browser = await signedIn();
    await browser.link('oidc', stage.providers.oidc, person());
    await browser.submit('/account/connections/oidc/unlink');
    const page = await browser.open('/account/connections');
    const tables = redis ? ['audit_events', 'refresh_tokens'] : ['audit_events', 'refresh_tokens', 'sessions'];
    const rows = await Promise.all(tables.map((table) => stage.query(`SELECT * FROM ${table}`)));
    const written = [(await browser.me()).text, page.text, JSON.stringify(rows), ...stage.servers.map((server) => server.output())];
    const cookies = browser.setCookies.flatMap((line) => /^latchkey-session=([^;]+)/.exec(line)?.[1] ?? []);
    expect(new Set(cookies.map(idIn)).size).to.equal(3);
    for (const text of written) {
      for (const cookie of cookies) expect(text).to.not.include(idIn(cookie)).and.not.include(cookie);
      expect(text).to.not.include(TEST_SECRET);
    }
    if (!redis) for (const { id } of await stage.query<{ id: string }>('SELECT id FROM sessions')) expect(id).to.match(/^[0-9a-f]{64}$/);
  });
}

describeOn(['sqlite'], 'A cookie session', (kind) => suite(kind, false));
describeWithRedis('A cookie session, with Redis,', () => suite(besideRedis(), true));

for (const [scheme, env, prefix] of [
  ['http', {}, ''],
  ['https', { BASE_URL: 'https://app.example' }, '__Host-'],
] as const) {
  describe(`The cookies of a server behind ${scheme}`, () => {
    let stage: Stage;
    before(async function () {
      this.timeout(60_000);
      stage = await openStage({ database: 'sqlite', env });
    });
    after(() => stage.close());

    it('are out of reach for scripts, other sites and subdomains', async () => {
      const [browser, secure] = [stage.browser(), scheme === 'https'];
      expect((await browser.signIn('google', stage.providers.google, person())).headers.get('location')).to.equal('/');
      await browser.link('oidc', stage.providers.oidc, person());
      expect((await browser.submit('/account/connections/oidc/unlink')).status).to.equal(303);
      expect((await browser.me()).status).to.equal(200);
      const names = ['session', 'flow', 'notice', 'device', 'last-way'].map((name) => `${prefix}latchkey-${name}`);
      expect([...browser.cookies.keys()]).to.have.members(names);
      expect((await browser.submit('/auth/logout')).status).to.equal(303);
      expect(browser.cookies.has(`${prefix}latchkey-session`)).to.equal(false);
      for (const line of browser.setCookies) {
        const [pair = '', ...attributes] = line.split('; ');
        const fixed = attributes.filter((attribute) => !/^(?:Max-Age|Expires)=/.test(attribute)).sort();
        expect(names, line).to.include(pair.split('=')[0]);
        expect(fixed, line).to.deep.equal(['HttpOnly', 'Path=/', 'SameSite=Lax', ...(secure ? ['Secure'] : [])]);
      }
    });
  });
}
