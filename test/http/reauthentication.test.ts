// Where the host wants a recent sign-in: who is asked to prove again who they are, how they do, and where they go on.

import { expect } from 'chai';
import { ApiClient, type BrowserClient } from '../support/client.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { change, extIdpId, PASSWORD, userIdOf } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const SESSION = 'latchkey-session';
const FROM_PROVIDER = { 'sec-fetch-site': 'cross-site' };
const attribute = (text: string) => text.replaceAll('&amp;', '&');

/** What an old sign-in does not do; each says so in its own words. */
const CHANGES: readonly (readonly [string, string, unknown?])[] = [
  ['GET', '/auth/logto/link'],
  ['POST', '/account/connections/logto/link'],
  ['POST', '/account/connections/google/unlink'],
  ['POST', '/account/connections/password', new URLSearchParams({ new_password: 'another one', current_password: PASSWORD })],
  ['POST', '/account/connections/password/remove', new URLSearchParams({ current_password: PASSWORD })],
  ['PUT', '/session/openid', { provider: 0, linking: true }],
  ['DELETE', '/session/openid/google'],
  ['PATCH', '/user/setting', { new_password: 'another one', current_password: PASSWORD }],
  ['PATCH', '/user/setting', { new_password: null, current_password: PASSWORD }],
  ['DELETE', '/api/v1/auth/oauth/unlink/google'],
  ['POST', '/api/v3/unlink-extidp', { extIdpId: extIdpId('google') }],
];

describe('Where a change wants a recent sign-in', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { reauthenticateWithin: '10m' } });
  });
  after(() => stage.close());

  const grow = (who: Person, minutes: number) =>
    userIdOf(stage, who).then((id) =>
      change(stage, 'UPDATE refresh_tokens SET authenticated_at = :at WHERE user_id = :id', { id, at: Date.now() - minutes * 60_000 }),
    );

  interface Member {
    readonly browser: BrowserClient;
    readonly who: Person & { readonly email: string };
  }

  /** Signed in by OpenID Connect eleven minutes ago, linked to Google. */
  async function member({ password = false } = {}): Promise<Member> {
    const [who, browser] = [person(), stage.browser()];
    await browser.signIn('oidc', stage.providers.oidc, who);
    await browser.link('google', stage.providers.google, person());
    if (password) expect((await browser.call('PATCH', '/user/setting', { new_password: PASSWORD })).json?.code).to.equal(0);
    await grow(who, 11);
    return { browser, who };
  }

  async function stateOf({ who }: Member): Promise<object> {
    const about = { id: await userIdOf(stage, who) };
    const [user] = await stage.query('SELECT nickname, password_hash FROM users WHERE id = :id', about);
    const links = await stage.query('SELECT provider FROM social_links WHERE user_id = :id ORDER BY provider', about);
    const flows = await stage.query("SELECT id FROM flows WHERE record LIKE '%codeVerifier%'");
    const users = await stage.query('SELECT id FROM users');
    return { user, links, flows: flows.length, users: users.length };
  }

  /** Leads to the provider from a page of ours, which approves as `by`, and back to the callback. */
  async function travel(browser: BrowserClient, path: string, by: Person, headers: Fields = {}): Promise<HttpAnswer> {
    const out = await browser.call('GET', path, undefined, { headers: { 'sec-fetch-site': 'same-origin', ...headers } });
    expect(out.status, out.text).to.equal(302);
    const back = await stage.providers.oidc.approve(String(out.headers.get('location')), by);
    return browser.call('GET', `/callback/openid/2?${new URLSearchParams({ ...back })}`, undefined, { headers: FROM_PROVIDER });
  }

  /** Goes on as a browser does: what follows a provider's redirect still counts as coming from there. */
  async function follow(browser: BrowserClient, answer: HttpAnswer, headers: Fields = FROM_PROVIDER): Promise<HttpAnswer> {
    let at = answer;
    while (at.headers.get('location')?.startsWith('/')) {
      at = await browser.call('GET', String(at.headers.get('location')), undefined, { headers });
    }
    return at;
  }

  const hrefs = ({ text }: HttpAnswer) => [...text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => attribute(href));
  const confirmUrl = (page: HttpAnswer) => hrefs(page).find((href) => href.startsWith('/auth/oidc/confirm?')) ?? '';

  function expectAsked(page: HttpAnswer): void {
    expect([page.status, page.headers.get('content-type')], page.text).to.deep.equal([403, 'text/html; charset=utf-8']);
    expect(page.text).to.include('role="alert"');
  }

  it('a page asks a person, and shows the ways that are their own', async () => {
    const { browser } = await member();
    for (const [method, path, body] of CHANGES.slice(0, 5)) {
      const page = await browser.call(method, path, body);
      expectAsked(page);
      const ways = hrefs(page).filter((href) => href.startsWith('/auth/'));
      expect(ways.map((href) => href.split('?')[0])).to.deep.equal(['/auth/oidc/confirm', '/auth/google/confirm'].sort().reverse());
      expect(page.text, 'no password to ask for').not.to.include('type="password"');
    }
  });

  it('a provider that still knows the person is told to ask, and at any other sign-in is not', async () => {
    const { browser } = await member();
    const promptAt = async (path: string) => {
      const out = await browser.call('GET', path, undefined, { headers: { 'sec-fetch-site': 'same-origin' } });
      return new URL(String(out.headers.get('location'))).searchParams.get('prompt');
    };
    expect([await promptAt('/auth/oidc/confirm'), await promptAt('/auth/google/confirm')]).to.deep.equal(['login', 'select_account']);
    expect([await promptAt('/auth/oidc'), await promptAt('/auth/google')]).to.deep.equal([null, null]);
  });

  it('a script is told so in its own dialect, and nothing is changed', async () => {
    const user = await member({ password: true });
    const before = await stateOf(user);
    for (const [method, path, body] of CHANGES) {
      const answer = await user.browser.call(method, path, body, { headers: { accept: '*/*' } });
      const said = answer.json?.error?.i18nKey ?? answer.json?.error?.code ?? answer.json?.code ?? answer.json?.statusCode;
      expect(said, `${method} ${path}: ${answer.text}`).to.be.oneOf([403, 'auth.reauthentication_required', 'reauthentication_required']);
      if (answer.json?.error !== undefined) expect(answer.status).to.equal(403);
    }
    expect(await stateOf(user)).to.deep.equal(before);
    expect((await user.browser.call('PATCH', '/user/setting', { nick: 'Nick' })).json?.code, 'a name').to.equal(0);
    expect((await user.browser.open('/account/connections')).status).to.equal(200);
    const [{ n } = { n: 0 }] = await stage.query<{ n: number }>(
      "SELECT COUNT(*) AS n FROM audit_events WHERE detail LIKE '%reauthentication_required%' AND user_id = :id",
      { id: await userIdOf(stage, user.who) },
    );
    expect(n, 'audit rows').to.equal(CHANGES.length);
  });

  it('a person proves it at their provider and finds the question open again', async () => {
    const user = await member();
    const { browser, who } = user;
    const asked = await browser.submit('/account/connections/google/unlink');
    const [session, before] = [browser.cookies.get(SESSION), await stateOf(user)];
    const arrived = await travel(browser, confirmUrl(asked), who);
    expect(arrived.headers.get('location')).to.equal('/account/connections?asking=google');
    expect(browser.cookies.get(SESSION)).not.to.equal(session);
    expect(await stateOf(user)).to.deep.equal(before);
    expect((await follow(browser, arrived)).text).to.match(/<details open>[\s\S]*google\/unlink/);
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
    const open = 'SELECT id FROM refresh_tokens WHERE revoked_at IS NULL AND user_id = :id';
    expect(await stage.query(open, { id: await userIdOf(stage, who) }), 'the old sign-in is over').to.have.length(1);
  });

  for (const [what, ask] of [
    ['the address bar', (browser: BrowserClient) => browser.open('/auth/logto/link?returnTo=/after')],
    ['the page', (browser: BrowserClient) => browser.submit('/account/connections/logto/link')],
  ] as const) {
    it(`a link that was begun by ${what} goes on by itself`, async () => {
      const { browser, who } = await member();
      const asked = await ask(browser);
      expectAsked(asked);
      const onward = await follow(browser, await travel(browser, confirmUrl(asked), who));
      expect([onward.status, new URL(String(onward.headers.get('location')), browser.base).origin], onward.text).to.deep.equal([
        302,
        stage.providers.logto.origin,
      ]);
    });
  }

  it('a link goes on after signing in, too', async () => {
    const asked = await stage.browser().open('/auth/logto/link?returnTo=/after');
    expect(asked.status).to.equal(401);
    const [browser, { who }] = [stage.browser(), await member()];
    const start = hrefs(asked).find((href) => href.startsWith('/auth/oidc?')) ?? '';
    const onward = await follow(browser, await travel(browser, start, who));
    expect([onward.status, onward.headers.get('location')?.startsWith(stage.providers.logto.origin)], onward.text).to.deep.equal([
      302,
      true,
    ]);
  });

  it('a link does not go on for another site that had the person prove it', async () => {
    for (const way of ['/auth/oidc/confirm', '/auth/oidc']) {
      const user = await member();
      const before = await stateOf(user);
      const lure = `${way}?${new URLSearchParams({ returnTo: '/auth/logto/link' })}`;
      const onward = await follow(user.browser, await travel(user.browser, lure, user.who, FROM_PROVIDER));
      expect(onward.headers.get('location'), way).to.equal(null);
      expect(await stateOf(user)).to.deep.equal(before);
    }
  });

  it('a link that another site wanted is not what the person signs in for', async () => {
    const again = (returnTo: string) => `/auth/oidc/confirm?${new URLSearchParams({ returnTo })}`;
    const lures = ['/auth/logto/link?returnTo=/after', '/AUTH/logto/LINK/', again('/auth/logto/link'), again('/AUTH/logto/LINK/')];
    for (const lure of [...lures, again(again('/auth/logto/link'))]) {
      const asked = await stage.browser().call('GET', lure, undefined, { headers: FROM_PROVIDER });
      expect(asked.status, lure).to.be.oneOf([401, 403]);
      expect(asked.text.replace(/%(?:25)*2F/gi, '/').toLowerCase(), lure).not.to.include('/logto/link');
    }
  });

  it('who has a password proves it by that as well', async () => {
    const user = await member({ password: true });
    const asked = await user.browser.open('/auth/logto/link');
    expect(asked.text).to.include('type="password"').and.to.include(`value="${user.who.email}"`);
    const returnTo = attribute(/name="returnTo" value="([^"]*)"/.exec(asked.text)?.[1] ?? '');
    const form = { email: user.who.email, returnTo };
    expect((await user.browser.submit('/auth/password', { ...form, password: 'not the one' })).status).to.equal(401);
    expectAsked(await user.browser.open('/auth/logto/link'));
    const proven = await user.browser.submit('/auth/password', { ...form, password: PASSWORD });
    expect([proven.status, proven.headers.get('location')]).to.deep.equal([303, '/auth/logto/link']);
    const onward = await follow(user.browser, proven, { 'sec-fetch-site': 'same-origin' });
    expect(onward.headers.get('location')).to.include(stage.providers.logto.origin);
  });

  it("nobody proves it with an identity that is another's or nobody's", async () => {
    const [user, other] = [await member(), await member()];
    for (const by of [other.who, person(), { ...person(), email: user.who.email }]) {
      const [before, session] = [await stateOf(user), user.browser.cookies.get(SESSION)];
      const page = await travel(user.browser, '/auth/oidc/confirm?returnTo=/after', by);
      expect([page.status, page.headers.get('content-type')], page.text).to.deep.equal([400, 'text/html; charset=utf-8']);
      expect([await stateOf(user), user.browser.cookies.get(SESSION)]).to.deep.equal([before, session]);
      expect((await user.browser.me()).json?.user?.email).to.equal(user.who.email);
      expectAsked(await user.browser.open('/auth/logto/link'));
    }
    const [row] = await stage.query<{ event: string; detail: string }>(
      'SELECT event, detail FROM audit_events ORDER BY id DESC LIMIT 1 OFFSET 1',
    );
    expect([row?.event, row?.detail]).to.deep.equal(['auth.oauth.sign_in.failure', '{"reason":"not_linked"}']);
  });

  it('nobody proves it for another who is signed in by then', async () => {
    const [user, other] = [await member(), await member()];
    const out = await user.browser.open('/auth/oidc/confirm');
    const back = await stage.providers.oidc.approve(String(out.headers.get('location')), user.who);
    const path = `/callback/openid/2?${new URLSearchParams({ ...back })}`;
    const own = user.browser.cookies.get(SESSION) ?? '';
    for (const session of [other.browser.cookies.get(SESSION) ?? '', '']) {
      user.browser.cookies.set(SESSION, session);
      expect((await user.browser.open(path)).status).to.equal(400);
    }
    user.browser.cookies.set(SESSION, own);
    expect((await user.browser.open(path)).status, 'the owner').to.equal(302);
  });

  it('a provider that is not linked proves nothing', async () => {
    const { browser } = await member();
    const before = await stage.query('SELECT id FROM flows');
    expect((await browser.open('/auth/logto/confirm')).status).to.equal(400);
    expect((await stage.browser().open('/auth/oidc/confirm')).status, 'signed out').to.equal(401);
    expect(await stage.query('SELECT id FROM flows')).to.deep.equal(before);
  });

  it('an app with a token signs in anew, and no cookie beside it helps', async () => {
    const { browser, who } = await member({ password: true });
    const client = await stage.client().signIn('oidc', stage.providers.oidc, who);
    await grow(who, 11);
    await travel(browser, '/auth/oidc/confirm', who);
    const cookie = `${SESSION}=${browser.cookies.get(SESSION)}`;
    const query = { ext_idp_conn_identifier: 'logto', app_id: 'app', id_token: client.token ?? '' };
    for (const [method, path, body] of [
      ...CHANGES.slice(5),
      ['GET', `/api/v3/generate-link-extidp-url?${new URLSearchParams(query)}`] as const,
    ]) {
      for (const more of [{}, { cookie }]) {
        const { json, text } = await request(client.base + path, {
          method,
          body,
          headers: { authorization: `Bearer ${client.token}`, ...more },
        });
        expect(json?.code ?? json?.statusCode ?? json?.error?.code, text).to.be.oneOf([403, 'AUTH_REAUTHENTICATION_REQUIRED']);
      }
    }
    const refreshed = await client.refresh();
    const renewed = new ApiClient(client.base, String(refreshed.json?.data?.access_token));
    expect((await renewed.unlink('google')).json?.code, 'a refresh is no sign-in').to.equal(403);
    await client.signIn('oidc', stage.providers.oidc, who);
    expect((await client.unlink('google')).json?.code).to.equal(0);
  });

  it('nine minutes are recent enough', async () => {
    const { browser, who } = await member();
    await grow(who, 9);
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
  });
});
