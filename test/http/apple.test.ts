// Sign in with Apple, end to end: the signed client secret, the answer that comes as a form, and the name that comes once.

import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createClientSecretJwt } from '../../lib/providers/apple.js';
import { type AppleAnswer, type AppleEmulator, startAppleEmulator } from '../support/apple-emulator.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { openStage, type Stage } from '../support/stage.js';
import { change, extIdpId, userIdOf } from './scenarios.js';

const CALLBACK = '/callback/openid/apple';
const GONE = 40023;
const FAILED = 50007;
const LAST_WAY_IN = 40084;
const TICKET = /^\/callback\/openid\/apple\?answer=[\w-]{43}$/;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

/** Somebody whom Apple tells the name of. */
const jane = (): Person & { readonly email: string } => ({ ...person(), given_name: 'Jane', family_name: 'Doe' });

interface UserRow {
  readonly nickname: string;
  readonly email: string | null;
  readonly email_verified: boolean | number;
}

/** Their keys are kept as hashes; a flow has no code. */
const ANSWERS = `record LIKE '%"code":%'`;

describe('Sign in with Apple', () => {
  let stage: Stage;
  let apple: AppleEmulator;
  let off: Server;
  let limited: Server;

  before(async function () {
    this.timeout(60_000); // Several processes start.
    apple = await startAppleEmulator();
    const providers = { apple: apple.options };
    stage = await openStage({ database: 'sqlite', config: { providers } });
    [off, limited] = await Promise.all([
      stage.start({ providers: { apple: { ...apple.options, enabled: false } } }),
      stage.start({ providers, rateLimits: { finish: { limit: 1, window: '1h' } } }),
    ]);
  });
  after(() => Promise.all([stage.close(), apple.close()]));
  afterEach(() => {
    for (const name of Object.keys(apple.bend)) Reflect.deleteProperty(apple.bend, name);
  });

  async function userOf(who: Person): Promise<UserRow | undefined> {
    const [row] = await stage.query<UserRow>('SELECT nickname, email, email_verified FROM users WHERE id = :id', {
      id: await userIdOf(stage, who),
    });
    return row;
  }

  async function prepared(by: ApiClient | BrowserClient, extra: object = {}): Promise<string> {
    const answer = await by.call('PUT', '/session/openid', { provider: 'apple', ...extra });
    expect(codeOf(answer), answer.text).to.equal(0);
    return String(answer.json?.data);
  }

  /** As a native client that was handed the whole answer. */
  async function signIn(who: Person, alter: (answer: AppleAnswer) => AppleAnswer = (same) => same): Promise<HttpAnswer> {
    const by = stage.client();
    const { code, state, user } = alter(await apple.approve(await prepared(by), who));
    return by.finish('apple', { code, state }, user === undefined ? {} : { user });
  }

  /** What Apple's page makes a browser send: a form from another site, and no cookie of ours. */
  function post(base: string, fields: Record<string, string> | URLSearchParams, path = CALLBACK): Promise<HttpAnswer> {
    const headers = { origin: 'https://appleid.apple.com', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    return request(base + path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  const formOf = ({ code, state, user }: AppleAnswer) => ({ code, state, ...(user === undefined ? {} : { user }) });

  /** Where the browser is sent after Apple's form. */
  async function ticketOf(fields: Record<string, string>, base = stage.client().base): Promise<string> {
    const answer = await post(base, fields);
    expect(answer.status, answer.text).to.equal(303);
    return answer.headers.get('location') ?? '';
  }

  const open = (browser: BrowserClient, path: string) =>
    browser.call('GET', path, undefined, { headers: { 'sec-fetch-site': 'cross-site' } });

  /** What the page's script would send, and where. */
  function callOnPage({ text }: HttpAnswer): { url: string; body: Record<string, unknown> } {
    const plain = (attribute: string) =>
      attribute.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const read = (name: string) => plain(new RegExp(`data-${name}="([^"]*)"`).exec(text)?.[1] ?? '');
    return { url: read('url'), body: JSON.parse(read('body')) };
  }

  describe('asks for', () => {
    it('name and address by a form, with state, nonce and PKCE', async () => {
      const url = new URL(await prepared(stage.client(), { hint: 'a@example.test' }));
      expect(url.origin + url.pathname).to.equal(`${apple.issuer}/auth/authorize`);
      const { state, nonce, code_challenge, ...others } = Object.fromEntries(url.searchParams);
      expect(others).to.deep.equal({
        response_type: 'code',
        client_id: apple.options.clientId,
        redirect_uri: `${stage.client().base}${CALLBACK}`,
        scope: 'openid name email',
        response_mode: 'form_post',
        code_challenge_method: 'S256',
      });
      expect(state).to.match(/^[0-9a-f-]{36}$/);
      for (const value of [nonce, code_challenge]) expect(value).to.match(/^[\w-]{32,43}$/);
    });
  });

  describe('proves who we are', () => {
    it('by a secret that our key signs, which ends within the hour', async () => {
      expect(codeOf(await signIn(jane()))).to.equal(0);
      const secret = apple.secrets.at(-1) ?? '';
      expect(decodeProtectedHeader(secret)).to.deep.equal({ alg: 'ES256', kid: apple.options.keyId });
      const { iat = 0, exp = 0, ...claims } = decodeJwt(secret);
      expect(claims).to.deep.equal({ iss: apple.options.teamId, aud: apple.issuer, sub: apple.options.clientId });
      expect(exp - iat).to.be.within(1, 3600);
      const token = apple.requests.findLast(({ path }) => path === '/auth/token');
      expect(token?.form).to.include({ client_id: apple.options.clientId, client_secret: secret });
      expect(token?.headers).not.to.have.property('authorization');
    });

    it('by one and the same secret, also for many at once', async () => {
      const before = apple.secrets.length;
      const answers = await Promise.all(Array.from({ length: 5 }, () => signIn(person())));
      expect(answers.map(codeOf)).to.deep.equal([0, 0, 0, 0, 0]);
      const sent = apple.secrets.slice(before);
      expect(sent).to.have.length(5);
      expect(new Set(sent).size).to.equal(1);
    });

    it('by a new secret before the old one ends', async () => {
      const secretAt = createClientSecretJwt(apple.options);
      const [realNow, start] = [Date.now, Date.now()];
      const after = (minutes: number) => {
        Date.now = () => start + minutes * 60_000;
        return secretAt().finally(() => {
          Date.now = realNow;
        });
      };
      const first = await after(0);
      expect(await after(54)).to.equal(first);
      const second = await after(56);
      expect(second).not.to.equal(first);
      expect(decodeJwt(second).exp).to.be.closeTo(start / 1000 + 116 * 60, 1);
    });

    it('in vain with the key of another team, which is a failure of the provider and leaks nothing', async () => {
      const wrong = await stage.start({ providers: { apple: { ...apple.options, teamId: 'OTHERTEAM1' } } });
      const by = new ApiClient(wrong.base);
      const back = await apple.approve(await prepared(by), jane());
      const answer = await by.finish('apple', back);
      expect(codeOf(answer)).to.equal(FAILED);
      const asked = apple.requests.findLast(({ path }) => path === '/auth/token');
      for (const secret of [asked?.form.client_secret ?? 'none', back.code, 'invalid_client']) expect(answer.text).not.to.include(secret);
      expect(wrong.output()).not.to.include(asked?.form.client_secret ?? 'none');
    });
  });

  describe('for a client that is no browser', () => {
    it('signs a person in with the name that comes the first time, and never changes it', async () => {
      const who = jane();
      const first = await signIn(who);
      expect(codeOf(first), first.text).to.equal(0);
      expect(first.json?.data?.user).to.include({ nickname: 'Jane Doe', email: who.email });
      const again = await signIn(who);
      expect(again.json?.data?.user).to.deep.equal(first.json?.data?.user);
      const forged = await signIn(who, (answer) => ({ ...answer, user: '{"name":{"firstName":"Mallory"},"email":"m@example.test"}' }));
      expect(forged.json?.data?.user).to.deep.equal(first.json?.data?.user);
    });

    it('signs in without the field as well', async () => {
      const who = jane();
      const answer = await signIn(who, ({ user, ...others }) => others);
      expect(answer.json?.data?.user?.nickname).to.equal(who.email.split('@')[0]);
    });

    it('takes the field as text of at most 2 KiB', async () => {
      const by = stage.client();
      for (const user of [{ name: { firstName: 'Jane' } }, 7, ['x'], 'x'.repeat(2049)]) {
        expect(codeOf(await by.finish('apple', { code: 'a', state: crypto.randomUUID() }, { user }))).to.equal(40001);
      }
    });

    it('ignores the field in a flow of any other provider', async () => {
      const by = stage.client();
      const who = person();
      const back = await by.visit('google', stage.providers.google, who);
      const answer = await by.finish('google', back, { user: '{"name":{"firstName":"Mallory"}}' });
      expect(answer.json?.data?.user?.nickname).to.equal(who.name);
    });
  });

  describe('takes the name', () => {
    const named = (firstName: unknown, lastName?: unknown) => JSON.stringify({ name: { firstName, lastName } });
    const NAMES: Readonly<Record<string, readonly [user: string, nickname: string | undefined]>> = {
      'of one part': [named('Jane'), 'Jane'],
      'of the other part': [named('', 'Doe'), 'Doe'],
      'of any script': [named('李', '小龙'), '李 小龙'],
      'without spaces around it': [named('  Jane ', ' Doe '), 'Jane Doe'],
      'cut to its length': [named('a'.repeat(300), 'b'.repeat(300)), `${'a'.repeat(100)} ${'b'.repeat(100)}`],
      'cut between characters, never inside one': [named('😀'.repeat(150)), '😀'.repeat(100)],
      'without control characters': [named('Ja\u0000n\r\ne\u001b[31m', 'D\u007foe'), 'Jane[31m Doe'],
      'without what turns text around': [named('\u202eenaJ\u2066', 'Doe\u2028'), 'enaJ Doe'],
      'without half characters': [named('Ja\ud800ne'), 'Jane'],
      'as text, whatever markup it holds': [named('<b>Jane</b>', '"\'--'), '<b>Jane</b> "\'--'],
      'of nobody whose names are no text': [named(7, ['Doe']), undefined],
      'of nobody in a text that is no JSON': ['{"name":', undefined],
      'of nobody in an empty text': ['', undefined],
      'of nobody in null': ['null', undefined],
      'of nobody in a number': ['1e999', undefined],
      'of nobody in a list': ['[{"name":{"firstName":"Jane"}}]', undefined],
      'of nobody in a name that is null': ['{"name":null}', undefined],
      'of nobody in a name that is text': ['{"name":"Jane"}', undefined],
      'of nobody in a prototype': ['{"__proto__":{"name":{"firstName":"Jane"}},"name":{"__proto__":{"firstName":"Jane"}}}', undefined],
    };
    for (const [how, [user, nickname]] of Object.entries(NAMES)) {
      it(how, async () => {
        const who = jane();
        const answer = await signIn(who, (given) => ({ ...given, user }));
        expect(codeOf(answer), answer.text).to.equal(0);
        expect((await userOf(who))?.nickname).to.equal(nickname ?? who.email.split('@')[0]);
      });
    }

    it('and nothing else: address, flags and ids in it do nothing', async () => {
      const who = jane();
      const hostile = { email: 'victim@example.test', email_verified: true, sub: 'x', id: 1, role: 'admin', is_admin: true };
      const answer = await signIn(who, (given) => ({
        ...given,
        user: JSON.stringify({ ...hostile, name: { ...hostile, firstName: 'Jane' } }),
      }));
      expect(answer.json?.data?.user).to.include({ email: who.email, nickname: 'Jane' });
      expect(answer.json?.data?.user?.group).to.include({ name: 'User' });
    });
  });

  describe('believes an address', () => {
    /** Whether the address counts as verified after a first sign-in. */
    async function verified(flag: unknown): Promise<boolean> {
      const who = jane();
      apple.bend.idTokenClaims = (honest) => ({ ...honest, email_verified: flag });
      expect(codeOf(await signIn(who))).to.equal(0);
      return Boolean((await userOf(who))?.email_verified);
    }

    it('when Apple says true, as text or not, and at no other word', async () => {
      for (const flag of ['true', true]) expect(await verified(flag), String(flag)).to.equal(true);
      for (const flag of ['false', false, 'TRUE', ' true', '1', 1, ['true'], null, undefined]) {
        expect(await verified(flag), String(flag)).to.equal(false);
      }
    });

    it('by text from nobody else', async () => {
      const who = person();
      const { google } = stage.providers;
      google.bend.idTokenClaims = (honest) => ({ ...honest, email_verified: 'true' });
      google.bend.userinfo = (honest) => ({ ...honest, email_verified: 'true' });
      try {
        await stage.client().signIn('google', google, who);
      } finally {
        google.bend.idTokenClaims = (honest) => honest;
        google.bend.userinfo = (honest) => honest;
      }
      expect(Boolean((await userOf(who))?.email_verified)).to.equal(false);
    });

    it('that is a private relay, and one that is not there', async () => {
      const relay = { ...jane(), email: `${crypto.randomUUID()}@privaterelay.appleid.com`, is_private_email: true };
      expect((await signIn(relay)).json?.data?.user).to.include({ email: relay.email, nickname: 'Jane Doe' });
      expect(Boolean((await userOf(relay))?.email_verified)).to.equal(true);
      const nameless = { sub: person().sub };
      expect(codeOf(await signIn(nameless))).to.equal(0);
      expect(await userOf(nameless)).to.include({ email: null, nickname: 'Apple' });
    });
  });

  describe('for a browser', () => {
    it('takes the form, sends the browser back by GET, and has it finish with the name', async () => {
      const browser = stage.browser();
      const who = jane();
      const answer = await apple.approve(await prepared(browser), who);
      const posted = await post(browser.base, formOf(answer));
      expect(posted.status).to.equal(303);
      const location = posted.headers.get('location') ?? '';
      expect(location).to.match(TICKET);
      expect(posted.headers.get('cache-control')).to.equal('no-store');
      expect(posted.headers.get('referrer-policy')).to.equal('no-referrer');
      expect(posted.headers.getSetCookie()).to.deep.equal([]);
      for (const secret of [answer.code, answer.state]) expect(location + posted.text).not.to.include(secret);

      const page = await open(browser, location);
      expect(page.headers.get('cache-control')).to.equal('no-store');
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
      expect(page.headers.get('content-security-policy')).to.include("default-src 'none'");
      const { url, body } = callOnPage(page);
      expect(body).to.deep.equal({ code: answer.code, session_id: answer.state, provider_id: 'apple', user: answer.user });
      const finished = await browser.call('POST', url, body);
      expect(finished.json?.data?.user).to.include({ nickname: 'Jane Doe', email: who.email });
    });

    it('may be looked at again and again before it is finished', async () => {
      const browser = stage.browser();
      const location = await ticketOf(formOf(await apple.approve(await prepared(browser), jane())));
      const asked = apple.count('/auth/token');
      for (const method of ['HEAD', 'GET', 'GET']) expect((await browser.call(method, location)).status).to.equal(200);
      expect(apple.count('/auth/token')).to.equal(asked);
      const { url, body } = callOnPage(await open(browser, location));
      expect(codeOf(await browser.call('POST', url, body))).to.equal(0);
      expect(codeOf(await browser.call('POST', url, body))).to.equal(GONE);
    });

    it('shows whoever finds the ticket no more than a redirect would, and lets them finish nothing', async () => {
      const owner = stage.browser();
      const answer = await apple.approve(await prepared(owner), jane());
      const location = await ticketOf(formOf(answer));
      const thief = stage.browser();
      await prepared(thief);
      for (const browser of [thief, stage.browser()]) {
        const page = await open(browser, location);
        expect(page.text).to.include('Back to your app').and.include(answer.code).and.include(answer.state);
        expect(page.text).not.to.match(/<script|Jane|example\.test/);
      }
      expect(
        codeOf(await thief.call('POST', '/session/openid', { code: answer.code, session_id: answer.state, provider_id: 'apple' })),
      ).to.equal(GONE);
      const { url, body } = callOnPage(await open(owner, location));
      expect(codeOf(await owner.call('POST', url, body))).to.equal(0);
    });

    it('shows the person of a native client what to hand back', async () => {
      const client = stage.client();
      const answer = await apple.approve(await prepared(client), jane());
      const page = await open(stage.browser(), await ticketOf(formOf(answer)));
      for (const value of [answer.code, answer.state, 'apple']) expect(page.text).to.include(value);
      expect(codeOf(await client.finish('apple', answer))).to.equal(0);
    });

    it('says so when the person refused, and leaves the flow alone', async () => {
      const browser = stage.browser();
      const url = await prepared(browser);
      const refusal = await apple.refuse(url);
      expect(refusal.error).to.equal('user_cancelled_authorize');
      const page = await open(browser, await ticketOf({ error: refusal.error, state: refusal.state }));
      expect(page.text)
        .to.include('Sign-in was not completed')
        .and.not.match(/<script|user_cancelled/);
      const both = await open(browser, await ticketOf({ code: 'a-code', error: refusal.error, state: refusal.state }));
      expect(both.text).not.to.match(/<script|a-code/);
      const back = await apple.approve(url, jane());
      expect(
        codeOf(await browser.call('POST', '/session/openid', { code: back.code, session_id: back.state, provider_id: 'apple' })),
      ).to.equal(0);
    });

    it('shows a hostile form as text', async () => {
      const browser = stage.browser();
      const { state } = await apple.approve(await prepared(browser), jane());
      const hostile = `"><script>alert(1)</script><img src=x>'`;
      const page = await open(browser, await ticketOf({ code: hostile, state, user: hostile }));
      expect(page.text).not.to.include('<script>').and.not.to.include('<img');
      expect(callOnPage(page).body).to.include({ code: hostile, user: hostile });
      expect((await open(stage.browser(), await ticketOf({ code: hostile, state: hostile }))).text).not.to.include('<script>');
    });

    it('loses a name that is too long, and nothing else', async () => {
      const browser = stage.browser();
      const { code, state } = await apple.approve(await prepared(browser), jane());
      for (const user of ['x'.repeat(2049), '\u0001'.repeat(2000)]) {
        const { body } = callOnPage(await open(browser, await ticketOf({ code, state, user })));
        expect(body).to.deep.equal({ code, session_id: state, provider_id: 'apple' });
      }
    });
  });

  describe('at the callback', () => {
    const form = { code: 'a-code', state: 'c4a1c2de-7f3b-4c5e-9a53-0f7f4f3c6d10' };

    it('knows no ticket but its own', async () => {
      const location = await ticketOf(form);
      const ticket = location.split('=')[1] ?? '';
      const browser = stage.browser();
      const elsewhere = [`/callback/openid/google?answer=${ticket}`, `/callback/openid/2?answer=${ticket}`];
      const invented = [
        `${CALLBACK}?answer=${'A'.repeat(43)}`,
        `${CALLBACK}?answer=`,
        `${CALLBACK}?answer=${ticket}&answer=${ticket}`,
        `${CALLBACK}?answer[x]=1`,
      ];
      for (const path of [...elsewhere, ...invented]) {
        const page = await browser.open(path);
        expect(page.status, path).to.equal(400);
        expect(page.text, path).to.include('Sign-in was not completed').and.not.include('a-code');
      }
      expect((await browser.open(`${location}&code=b-code&state=b`)).text)
        .to.include('a-code')
        .and.not.include('b-code');
    });

    it('keeps an answer for five minutes', async () => {
      const location = await ticketOf(form);
      const rows = await stage.query<{ expires_at: number | string }>(`SELECT expires_at FROM flows WHERE ${ANSWERS}`);
      expect(Math.max(...rows.map((row) => Number(row.expires_at) - Date.now()))).to.be.within(290_000, 300_000);
      await change(stage, `UPDATE flows SET expires_at = :past WHERE ${ANSWERS}`, { past: Date.now() - 1 });
      expect((await stage.browser().open(location)).text).to.include('Sign-in was not completed');
    });

    it('keeps the five fields and no other', async () => {
      await ticketOf({ ...form, id_token: 'unwanted', password: 'unwanted', __proto__x: 'unwanted', error_description: 'unwanted' });
      const rows = await stage.query<{ record: string }>(`SELECT record FROM flows WHERE ${ANSWERS}`);
      expect(rows.length).to.be.above(0);
      for (const { record } of rows) expect(record).not.to.include('unwanted');
    });

    it('takes forms for every configured provider, and for no other', async () => {
      for (const name of ['0', '2', 'google', 'apple']) {
        const answer = await post(stage.client().base, form, `/callback/openid/${name}`);
        expect([answer.status, answer.headers.get('location')?.split('?')[0]]).to.deep.equal([303, `/callback/openid/${name}`]);
      }
      for (const name of ['1', 'x', 'logto', '00', 'nobody', '__proto__']) {
        expect((await post(stage.client().base, form, `/callback/openid/${name}`)).status, name).to.equal(404);
      }
    });

    it('refuses what is no form, is too large or says nothing, by a page', async () => {
      const url = stage.client().base + CALLBACK;
      const large = { ...form, user: 'x'.repeat(17 * 1024) };
      const sent: readonly (readonly [number, Promise<HttpAnswer>])[] = [
        [415, request(url, { method: 'POST', body: form })],
        [415, request(url, { method: 'POST' })],
        [415, request(url, { method: 'POST', body: 'code=a&state=b', headers: { 'content-type': 'text/plain' } })],
        [
          415,
          request(url, { method: 'POST', body: 'code=a', headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-7' } }),
        ],
        [413, post(stage.client().base, large)],
        [413, post(stage.client().base, { ...form, code: 'x'.repeat(5000) })],
        [400, post(stage.client().base, {})],
        [400, post(stage.client().base, { code: 'a' })],
        [400, post(stage.client().base, { state: 'a', user: '{}' })],
        [400, post(stage.client().base, new URLSearchParams('code=a&code=b&state=c'))],
        [400, post(stage.client().base, new URLSearchParams('code[x]=a&state=c'))],
      ];
      for (const [status, answer] of sent) {
        const { status: given, text, headers } = await answer;
        expect(given, text).to.equal(status);
        expect(text)
          .to.include('Sign-in was not completed')
          .and.not.match(/<script|\bat \w+ \(|node_modules/);
        expect(headers.get('content-type')).to.match(/^text\/html/);
        expect(headers.get('cache-control')).to.equal('no-store');
        expect(headers.get('content-security-policy')).to.include("default-src 'none'");
      }
    });

    it('counts forms against the limit of finishes', async () => {
      expect((await post(limited.base, form)).status).to.equal(303);
      const refused = await post(limited.base, form);
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
      expect(refused.text).to.include('Too many attempts');
      expect((await new BrowserClient(limited.base).open(`${CALLBACK}?code=a&state=b`)).status).to.equal(200);
    });
  });

  describe('once linked', () => {
    /** Signed in by the OpenID provider, and linked to Apple. */
    async function member(): Promise<{ by: ApiClient; who: Person }> {
      const who = jane();
      const by = await stage.client().signIn('oidc', stage.providers.oidc, person());
      await by.link('apple', apple, who);
      return { by, who };
    }

    it('is listed under its id in Cloudreve and as apple in GenAuth', async () => {
      const { by, who } = await member();
      expect(await by.linked()).to.have.members([2, 'apple']);
      const identities: unknown = (await by.identities()).json?.data;
      const apples = Array.isArray(identities) ? identities.find(({ provider }) => provider === 'apple') : undefined;
      expect(apples).to.deep.include({ provider: 'apple', userIdInIdp: who.sub, extIdpId: extIdpId('apple'), originConnIds: ['apple'] });
      const sources: unknown = (await by.call('GET', '/api/v3/get-application-enabled-extidps')).json?.data;
      const source = Array.isArray(sources) ? sources.find(({ identifier }) => identifier === 'apple') : undefined;
      expect(source).to.deep.include({ type: 'apple', name: 'Apple', extIdpId: extIdpId('apple') });
    });

    it('belongs to one user', async () => {
      const { who } = await member();
      const other = await stage.client().signIn('oidc', stage.providers.oidc, person());
      const back = await other.visit('apple', apple, who, { linking: true });
      expect(codeOf(await other.finish('apple', back))).to.equal(40067);
    });

    const UNLINKS: Readonly<Record<string, (by: ApiClient) => Promise<HttpAnswer>>> = {
      Cloudreve: (by) => by.unlink('apple'),
      'BIO.RE': (by) => by.bioreUnlink('apple'),
      GenAuth: (by) => by.genauthUnlink(extIdpId('apple')),
    };
    for (const [dialect, unlink] of Object.entries(UNLINKS)) {
      it(`is unlinked in ${dialect}`, async () => {
        const { by } = await member();
        const { status, json, text } = await unlink(by);
        expect([status, json?.code ?? json?.statusCode ?? json?.success], text).to.be.deep.oneOf([
          [200, 0],
          [200, 200],
          [200, true],
        ]);
        expect(await by.linked()).to.deep.equal([2]);
      });
    }

    it('has its token revoked at Apple, by the signed secret, where tokens are kept', async () => {
      const keeping = await stage.start({ providers: { apple: apple.options }, storeProviderTokens: true });
      const by = await new ApiClient(keeping.base).signIn('oidc', stage.providers.oidc, person());
      let refreshToken: unknown;
      apple.bend.token = (honest) => {
        refreshToken = honest.refresh_token;
        return honest;
      };
      await by.link('apple', apple, jane());
      expect(codeOf(await by.unlink('apple'))).to.equal(0);
      for (const patience = Date.now() + 10_000; apple.revoked.length === 0 && Date.now() < patience; ) await setTimeout(50);
      expect(apple.revoked).to.deep.equal([refreshToken]);
      const { form } = apple.requests.findLast(({ path }) => path === '/auth/revoke') ?? {};
      expect(form).to.include({ client_id: apple.options.clientId, token_type_hint: 'refresh_token' });
    });

    it('is never unlinked as the last way in', async () => {
      const by = await stage.client().signIn('apple', apple, jane());
      expect(codeOf(await by.unlink('apple'))).to.equal(LAST_WAY_IN);
      expect((await by.bioreUnlink('apple')).json?.error?.i18nKey).to.equal('auth.oauth.only_auth_method');
      expect((await by.genauthUnlink(extIdpId('apple'))).json?.statusCode).to.equal(422);
      expect(await by.linked()).to.deep.equal(['apple']);
    });

    it('counts for nothing where Apple is switched off, and may go', async () => {
      const { by } = await member();
      const here = new ApiClient(off.base, by.token);
      expect(codeOf(await here.prepare('apple'))).to.equal(40019);
      expect(codeOf(await here.unlink('oidc'))).to.equal(LAST_WAY_IN);
      expect(codeOf(await here.unlink('apple'))).to.equal(0);
      expect(await here.linked()).to.deep.equal([2]);
    });
  });

  it('answers a lie of its own by the documented failure', async () => {
    const lies: Readonly<Record<string, () => void>> = {
      'no nonce': () => {
        apple.bend.idTokenClaims = ({ nonce, ...honest }) => honest;
      },
      "another app's token": () => {
        apple.bend.idTokenClaims = (honest) => ({ ...honest, aud: 'com.example.other' });
      },
      'no ID token': () => {
        apple.bend.token = ({ id_token, ...honest }) => honest;
      },
    };
    for (const [what, bend] of Object.entries(lies)) {
      bend();
      expect(codeOf(await signIn(jane())), what).to.equal(FAILED);
    }
  });
});
