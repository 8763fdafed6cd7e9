// What a browser is told when a trip cannot begin or does not end well: a page, a true status, an audit row, and nothing changed.

import { expect } from 'chai';
import { BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, PASSWORD, userIdOf } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const SESSION = 'latchkey-session';
const SEGMENTS: Readonly<Record<StageProvider, string>> = { google: 'google', oidc: '2', logto: '0' };
const CROSS_SITE = { 'sec-fetch-site': 'cross-site' };
const LOOKS: readonly (readonly [string, Fields])[] = [
  ['HEAD', {}],
  ['GET', { 'sec-purpose': 'prefetch' }],
  ['GET', { 'sec-purpose': 'prefetch;prerender' }],
  ['GET', { purpose: 'prefetch' }],
  ['GET', { 'x-moz': 'prefetch' }],
];

describe('A trip that is refused', () => {
  let stage: Stage;
  /** The same installation, with sign-up closed, OpenID Connect switched off and two starts a minute. */
  let strict: Server;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: 'sqlite' });
    // RFC 9207 is optional: this one does not say that it sends `iss`.
    stage.providers.logto.bend.discovery = (honest) => ({ ...honest, authorization_response_iss_parameter_supported: false });
    const limits = { prepare: { limit: 2, window: '1m' }, finish: { limit: 1000, window: '1m' } };
    const off = { signUp: false, rateLimits: limits, providers: { oidc: { enabled: false } } };
    strict = await stage.start(off, { BASE_URL: stage.client().base });
  });
  after(() => stage.close());

  const at = (path: string, back: object) => `${path}?${new URLSearchParams({ ...back })}`;
  const arrive = (browser: BrowserClient, provider: StageProvider, back: object, method = 'GET', headers: Fields = {}) =>
    browser.call(method, at(`/callback/openid/${SEGMENTS[provider]}`, back), undefined, { headers: { ...CROSS_SITE, ...headers } });

  async function out(browser: BrowserClient, path: string): Promise<string> {
    const answer = await browser.open(path);
    expect(answer.status, answer.text).to.equal(302);
    return String(answer.headers.get('location'));
  }

  const signedIn = async (who: Person = person(), provider: StageProvider = 'oidc') => {
    const browser = stage.browser();
    await browser.signIn(provider, stage.providers[provider], who);
    return browser;
  };

  /** The same browser, which the other process serves now. */
  function moved(browser: BrowserClient): BrowserClient {
    const there = new BrowserClient(strict.base);
    for (const [name, value] of browser.cookies) there.cookies.set(name, value);
    return there;
  }

  async function rows(): Promise<readonly number[]> {
    const tables = ['users', 'social_links', 'refresh_tokens', 'outbox_messages', 'flows', 'sessions'];
    const counts = tables.map((table) => stage.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`));
    return (await Promise.all(counts)).map(([count]) => Number(count?.n));
  }

  const failures = () =>
    stage.query<{ event: string; detail: string }>("SELECT event, detail FROM audit_events WHERE event LIKE '%.failure' ORDER BY id");

  function expectPage({ status, text, headers }: HttpAnswer, expected: number): void {
    expect([status, headers.get('content-type')], text).to.deep.equal([expected, 'text/html; charset=utf-8']);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(text)
      .to.include('role="alert"')
      .and.not.match(/SQL|Error:|\bat .*\.ts|access_denied|attacker/);
  }

  const bent = async <T>(provider: OpenIdProvider, bend: object, act: () => Promise<T>): Promise<T> => {
    const before = { ...provider.bend };
    Object.assign(provider.bend, bend);
    try {
      return await act();
    } finally {
      for (const name of Object.keys(bend)) Object.assign(provider.bend, { [name]: before[name as keyof typeof before] });
    }
  };

  interface Case {
    readonly browser: BrowserClient;
    readonly provider: StageProvider;
    readonly back: object;
    readonly bend?: object;
  }

  async function begun(browser: BrowserClient, who: Person = person(), path = '/auth/google'): Promise<Case & { readonly back: Fields }> {
    const provider = path.split('/')[2] as StageProvider;
    return { browser, provider, back: { ...(await stage.providers[provider].approve(await out(browser, path), who)) } };
  }

  /** What the redirect says instead of what the provider said. */
  const saying =
    (change: (back: Fields) => object, path = '/auth/google') =>
    async (): Promise<Case> => {
      const trip = await begun(path.endsWith('/link') ? await signedIn() : stage.browser(), person(), path);
      return { ...trip, back: change(trip.back) };
    };

  const cancelled = (path: string) => async (): Promise<Case> => {
    const browser = path.endsWith('/link') ? await signedIn() : stage.browser();
    return { browser, provider: 'google', back: await stage.providers.google.refuse(await out(browser, path)) };
  };

  const whoIs = (status: string) => async (): Promise<Case> => {
    const who = person();
    await signedIn(who, 'google');
    await change(stage, 'UPDATE users SET status = :status WHERE id = :id', { status, id: await userIdOf(stage, who) });
    return begun(stage.browser(), who);
  };

  const WRONG = 'https://attacker.example';
  const SIGN_IN = 'auth.oauth.sign_in.failure';
  const LINK = 'auth.oauth.link.failure';
  const ENDS: readonly (readonly [string, number, string, string, () => Promise<Case>])[] = [
    ['the person cancels', 400, SIGN_IN, 'denied', cancelled('/auth/google')],
    ['the person cancels a link', 400, LINK, 'denied', cancelled('/auth/google/link')],
    ['the issuer is another', 502, SIGN_IN, 'provider_failed', saying((back) => ({ ...back, iss: WRONG }))],
    ['the issuer is missing', 502, SIGN_IN, 'provider_failed', saying(({ code, state }) => ({ code, state }))],
    ['the issuer of a link is missing', 502, LINK, 'provider_failed', saying(({ code, state }) => ({ code, state }), '/auth/google/link')],
    ['another issuer is not announced', 502, SIGN_IN, 'provider_failed', saying((back) => ({ ...back, iss: WRONG }), '/auth/logto')],
    ['another issuer says no', 502, SIGN_IN, 'provider_failed', saying(({ state }) => ({ state, error: 'access_denied', iss: WRONG }))],
    ['nobody says no', 502, SIGN_IN, 'provider_failed', saying(({ state }) => ({ state, error: 'access_denied' }))],
    ['there is neither code nor error', 502, SIGN_IN, 'provider_failed', saying(({ state, iss }) => ({ state, iss }))],
    ['the provider fails', 502, SIGN_IN, 'provider_failed', saying(({ state, iss }) => ({ state, iss, error: 'server_error' }))],
    ['the code is made up', 502, SIGN_IN, 'provider_failed', saying((back) => ({ ...back, code: 'made-up' }))],
    [
      'the ID token does not hold',
      ...([502, SIGN_IN, 'provider_failed'] as const),
      async () => ({ ...(await begun(stage.browser())), bend: { idTokenClaims: (honest: object) => ({ ...honest, nonce: 'another' }) } }),
    ],
    ['the person is banned', 401, SIGN_IN, 'user_banned', whoIs('manual_banned')],
    ['the person is not activated', 401, SIGN_IN, 'user_inactive', whoIs('inactive')],
    [
      'the address belongs to another user',
      ...([409, SIGN_IN, 'email_taken'] as const),
      async () => {
        const who = person();
        await signedIn(who);
        return begun(stage.browser(), { ...person(), email: who.email });
      },
    ],
    [
      'the identity belongs to another user',
      ...([409, LINK, 'linked_to_other_user'] as const),
      async () => {
        const who = person();
        await signedIn(who, 'google');
        return begun(await signedIn(), who, '/auth/google/link');
      },
    ],
    [
      'one was linked meanwhile',
      ...([400, LINK, 'already_linked'] as const),
      async () => {
        const trip = await begun(await signedIn(), person(), '/auth/google/link');
        expect((await trip.browser.link('google', stage.providers.google, person())).status).to.equal(302);
        return trip;
      },
    ],
    [
      'sign-up is closed',
      ...([403, SIGN_IN, 'sign_up_disabled'] as const),
      async () => {
        const { browser, ...trip } = await begun(stage.browser());
        return { ...trip, browser: moved(browser) };
      },
    ],
    [
      'the provider was switched off meanwhile',
      ...([400, SIGN_IN, 'provider_disabled'] as const),
      async () => {
        const { browser, ...trip } = await begun(stage.browser(), person(), '/auth/oidc');
        return { ...trip, browser: moved(browser) };
      },
    ],
  ];

  /** What is asked where a trip ends so, and where it is asked again. */
  const QUESTIONS: ReadonlyMap<string, string> = new Map([
    ['email_taken', '/account/join'],
    ['linked_to_other_user', '/account/move'],
  ]);

  for (const [when, status, event, reason, arrange] of ENDS) {
    it(`ends on a page when ${when}`, async () => {
      const { browser, provider, back, bend = {} } = await arrange();
      const [before, session, was] = [await rows(), browser.cookies.get(SESSION), (await browser.me()).text];
      expectPage(await bent(stage.providers[provider], bend, () => arrive(browser, provider, back)), status);
      const row = (await failures()).at(-1);
      expect([row?.event, JSON.parse(row?.detail ?? '{}').reason]).to.deep.equal([event, reason]);
      const flows = 4;
      // The question and the end of the flow are kept in its place.
      const added = QUESTIONS.has(reason) ? 1 : -1;
      expect(await rows(), 'one flow is used up, and nothing else').to.deep.equal(before.map((n, i) => (i === flows ? n + added : n)));
      const { correlation_id: _, ...me } = (await browser.me()).json?.error ?? {};
      expect(browser.cookies.get(SESSION)).to.equal(session);
      if (session !== undefined) expect((await browser.me()).text).to.equal(was);
      else expect(me).to.include({ code: 'unauthenticated' });
      const asked = stage.providers[provider].count('/token');
      const again = await arrive(browser, provider, { ...back, code: 'another', iss: stage.providers[provider].issuer });
      if (QUESTIONS.has(reason)) expect([again.status, again.headers.get('location')]).to.deep.equal([302, QUESTIONS.get(reason)]);
      else expectPage(again, 400);
      expect(stage.providers[provider].count('/token')).to.equal(asked);
    });
  }

  it('needs no issuer where the provider announces none', async () => {
    const { browser, back } = await begun(stage.browser(), person(), '/auth/logto');
    const { code = '', state = '' } = back;
    expect((await arrive(browser, 'logto', { code, state })).status).to.equal(302);
  });

  it('is neither begun nor ended by what only looks', async () => {
    const browser = await signedIn();
    const client = await stage.client().signIn('oidc', stage.providers.oidc, person());
    const query = { ext_idp_conn_identifier: 'google', app_id: 'app', id_token: client.token ?? '' };
    const oneTime = await client.call('GET', `/api/v3/generate-link-extidp-url?${new URLSearchParams(query)}`);
    const link = new URL(String(oneTime.json?.data?.url));
    const starts = ['/auth/google', '/auth/google/link', '/auth/oidc/confirm', link.pathname + link.search, at(link.pathname, query)];
    const { back } = await begun(browser, person(), '/auth/google/link');
    const before = await rows();
    for (const [method, headers] of LOOKS) {
      const answers = [];
      for (const path of starts) answers.push(await browser.call(method, path, undefined, { headers }));
      answers.push(await arrive(browser, 'google', back, method, headers));
      for (const { status, text } of answers) expect([status, text]).to.deep.equal([method === 'HEAD' ? 204 : 503, '']);
    }
    expect(await rows()).to.deep.equal(before);
    expect((await arrive(browser, 'google', back)).headers.get('location'), 'the person').to.equal('/');
    expect((await stage.browser().open(link.pathname + link.search)).status).to.equal(302);
  });

  it('is begun for linking by nobody but the person', async () => {
    const browser = await signedIn();
    const before = [await rows(), (await failures()).length] as const;
    const start = (headers: Fields) => browser.call('GET', '/auth/google/link', undefined, { headers });
    for (const site of ['cross-site', 'same-site']) {
      for (const more of [{}, { referer: 'https://attacker.example/' }, { referer: '' }, { referer: 'nonsense' }]) {
        const answer = await start({ 'sec-fetch-site': site, ...more });
        expectPage(answer, 403);
      }
    }
    expect(await rows()).to.deep.equal(before[0]);
    expect((await failures()).slice(before[1]).map(({ event }) => event)).to.deep.equal(Array.from({ length: 8 }, () => LINK));
    for (const site of ['none', 'same-origin']) expect((await start({ 'sec-fetch-site': site })).status, site).to.equal(302);
    const old = await fetch(`${browser.base}/auth/google/link`, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: `${SESSION}=${browser.cookies.get(SESSION)}` },
    });
    expect(old.status, 'a browser that says nothing').to.equal(302);
    expect((await stage.browser().open('/auth/google/link')).status, 'signed out').to.equal(401);
  });

  it('signs nobody in by a password form of another site', async () => {
    const who = person();
    await stage.client().signUp(who.email, PASSWORD);
    const form = new URLSearchParams({ email: who.email, password: PASSWORD });
    for (const headers of [CROSS_SITE, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none' }]) {
      const browser = stage.browser();
      expectPage(await browser.call('POST', '/auth/password', form, { headers }), 403);
      expect([...browser.cookies.keys()]).to.deep.equal([]);
    }
    const browser = stage.browser();
    expect((await browser.submit('/auth/password', { email: who.email, password: PASSWORD })).status).to.equal(303);
    expect((await browser.me()).json?.user?.email).to.equal(who.email);
    expectPage(await stage.browser().submit('/auth/password', { email: who.email, password: 'wrong one' }), 401);
  });

  it("is the host's affair where the provider is nobody", async () => {
    const browser = await signedIn();
    for (const path of [
      '/auth/nobody',
      '/auth/__proto__',
      '/auth/nobody/link',
      '/auth/nobody/confirm',
      '/callback/openid/nobody?state=a',
    ]) {
      const { status, json } = await browser.open(path);
      expect([status, json], path).to.deep.equal([404, { error: 'not found' }]);
    }
    expect((await browser.submit('/account/connections/nobody/link')).status).to.equal(404);
    expectPage(await browser.submit('/account/connections/nobody/unlink'), 400);
  });

  it('does not begin where the provider is off, and says when there were too many', async () => {
    const browser = new BrowserClient(strict.base);
    expectPage(await browser.open('/auth/oidc'), 400);
    expect((await browser.open('/auth/google')).status).to.equal(302);
    const third = await browser.open('/auth/google');
    expectPage(third, 429);
    expect(Number(third.headers.get('retry-after'))).to.be.within(1, 60);
    expect(third.headers.get('ratelimit')).to.match(/r=0/);
  });
});
