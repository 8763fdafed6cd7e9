// GenAuth's linking in a browser: a one-time link or a token in the query leads to the provider, and a page tells the opener.

import { expect } from 'chai';
import type { ApiClient, BrowserClient } from '../support/client.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { besideRedis, type DatabaseKind, describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, extIdpId, userIdOf } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const ALLOWED = 'https://app.example';
const SEGMENTS: Readonly<Record<StageProvider, string>> = { google: 'google', oidc: '2', logto: '0' };
const FROM_PROVIDER = { 'sec-fetch-site': 'cross-site' };
const CALL = '/api/v3/link-extidp';

const unescaped = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
const data = ({ text }: HttpAnswer, name: string): Json | undefined => {
  const [, value] = new RegExp(`data-${name}="([^"]*)"`).exec(text) ?? [];
  return value === undefined ? undefined : JSON.parse(unescaped(value));
};

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;
  let googleOff: Server | undefined;
  /** What is refused before anything is asked of a database need not be tried on each. */
  const once = kind === 'sqlite' && !redis;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind, redis, config: { allowedOrigins: [ALLOWED] }, env: { LOG_LEVEL: 'trace' } });
    const off = { providers: { google: { enabled: false } }, allowedOrigins: [ALLOWED] };
    if (once) googleOff = await stage.start(off, { BASE_URL: stage.client().base });
  });
  after(() => stage.close());

  const signedIn = async (who: Person = person()) => stage.client().signIn('oidc', stage.providers.oidc, who);
  const queryOf = (by: ApiClient, more: Fields = {}) =>
    new URLSearchParams({ ext_idp_conn_identifier: 'google', app_id: 'app_1', id_token: by.token ?? '', ...more }).toString();

  async function oneTimeLink(by: ApiClient): Promise<string> {
    const { json, text } = await stage.client().call('GET', `/api/v3/generate-link-extidp-url?${queryOf(by)}`);
    expect(json?.statusCode, text).to.equal(200);
    const url = new URL(String(json?.data?.url));
    expect([url.origin, url.pathname, [...url.searchParams.keys()]]).to.deep.equal([by.base, CALL, ['ticket']]);
    expect(url.href)
      .not.to.include('eyJ')
      .and.not.include(by.token ?? '');
    return url.pathname + url.search;
  }

  /** By the link to the provider and back; no form or script of ours is passed on the way. */
  async function travel(browser: BrowserClient, link: string, who: Person = person(), headers: Fields = {}): Promise<HttpAnswer> {
    const out = await browser.call('GET', link, undefined, { headers });
    expect(out.status, out.text).to.equal(302);
    return arrive(browser, await stage.providers.google.approve(String(out.headers.get('location')), who));
  }

  const arrive = (browser: BrowserClient, back: object, provider: StageProvider = 'google') =>
    browser.call('GET', `/callback/openid/${SEGMENTS[provider]}?${new URLSearchParams({ ...back })}`, undefined, {
      headers: FROM_PROVIDER,
    });

  /** The popup keeps its opener, and the page tells it; strict in all else. */
  function expectTells(page: HttpAnswer, status: number, success: boolean): Json | undefined {
    expect([page.status, page.headers.get('content-type')], page.text).to.deep.equal([status, 'text/html; charset=utf-8']);
    expect(page.headers.get('cross-origin-opener-policy'), 'would cut the popup off').to.equal(null);
    expect(page.headers.get('cache-control')).to.equal('no-store');
    expect(page.headers.get('content-security-policy')).to.include("default-src 'none'").and.not.include('unsafe');
    expect(page.text)
      .to.match(/<script src="[^"]*\/tell-opener\.js"/)
      .and.not.match(/<script(?![^>]*\bsrc=)/);
    expect(data(page, 'origins')).to.deep.equal([stage.client().base, ALLOWED]);
    const result = data(page, 'result');
    expect(result?.success).to.equal(success);
    if (!success) expect([typeof result?.errMsg, result?.identities]).to.deep.equal(['string', []]);
    if (!success) expect(result?.errMsg).not.to.equal('');
    return result;
  }

  const linked = async (by: ApiClient) => [...(await by.linked())].sort();

  it('links by a one-time link in a browser that has no cookie at all', async () => {
    const [by, who, browser] = [await signedIn(), person(), stage.browser()];
    const page = await travel(browser, await oneTimeLink(by), who);
    const result = expectTells(page, 200, true);
    expect(result?.errMsg).to.equal('');
    const identities = result?.identities as unknown as readonly Json[];
    expect(identities.map((identity) => identity.extIdpId)).to.have.members([extIdpId('oidc'), extIdpId('google')]);
    expect(identities.map((identity) => identity.userIdInIdp)).to.include(who.sub);
    expect(await linked(by)).to.deep.equal([2, 'google']);
    expect((await browser.me()).status, 'linking signs nobody in').to.equal(401);
    for (const secret of [by.token, by.refreshToken]) expect(page.text).not.to.include(String(secret));
  });

  it('opens a one-time link once, however many try', async () => {
    const by = await signedIn();
    const link = await oneTimeLink(by);
    const browsers = Array.from({ length: 8 }, () => stage.browser());
    const answers = await Promise.all(browsers.map((browser) => browser.open(link)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([302, ...Array.from({ length: 7 }, () => 400)]);
    const late = answers.find(({ status }) => status === 400);
    if (late !== undefined) expectTells(late, 400, false);
    expectTells(await stage.browser().open(link), 400, false);
    expectTells(await stage.browser().open(`${CALL}?ticket=${'a'.repeat(43)}`), 400, false);
    for (const ticket of ['', 'a', 'a'.repeat(5000), '%00', 'a&ticket=b']) {
      expectTells(await stage.browser().open(`${CALL}?ticket=${ticket}`), 400, false);
    }
    expect(await linked(by)).to.deep.equal([2]);
  });

  it('lets a one-time link be looked at, by mail scanners and prefetching browsers', async () => {
    const link = await oneTimeLink(await signedIn());
    for (const [method, headers] of [
      ['HEAD', {}],
      ['GET', { 'sec-purpose': 'prefetch' }],
      ['GET', { purpose: 'prefetch' }],
      ['GET', { 'sec-purpose': 'prefetch;prerender' }],
    ] as const) {
      expect((await stage.browser().call(method, link, undefined, { headers })).status).to.be.oneOf([204, 503]);
    }
    expectTells(await travel(stage.browser(), link), 200, true);
  });

  if (!redis)
    it('opens no link that is older than ten minutes', async () => {
      const link = await oneTimeLink(await signedIn());
      await change(stage, 'UPDATE flows SET expires_at = :past', { past: Date.now() - 1 });
      expectTells(await stage.browser().open(link), 400, false);
    });

  it('links by the token in the query, which stands nowhere afterwards', async () => {
    const [by, browser] = [await signedIn(), stage.browser()];
    const page = await travel(browser, `${CALL}?${queryOf(by)}`);
    expectTells(page, 200, true);
    expect(await linked(by)).to.deep.equal([2, 'google']);
    const out = stage.providers.google.requests.map(({ query }) => JSON.stringify(query)).join();
    for (const text of [page.text, out, ...stage.servers.map((server) => server.output())]) expect(text).not.to.include(String(by.token));
  });

  const FAILURES: Readonly<Record<string, readonly [status: number, code: number, link: () => Promise<string>, there?: boolean]>> = {
    'without a token': [400, 400, async () => `${CALL}?ext_idp_conn_identifier=google&app_id=a`],
    'without any query': [400, 400, async () => CALL],
    'with a token that is none': [401, 401, async () => `${CALL}?${queryOf(await signedIn(), { id_token: 'nonsense' })}`],
    'with a refresh token': [
      ...([401, 401] as const),
      async () => {
        const by = await signedIn();
        return `${CALL}?${queryOf(by, { id_token: by.refreshToken ?? '' })}`;
      },
    ],
    'with a provider of nobody': [400, 400, async () => `${CALL}?${queryOf(await signedIn(), { ext_idp_conn_identifier: 'nobody' })}`],
    'with a provider that is off': [400, 400, async () => `${CALL}?${queryOf(await signedIn())}`, true],
    'with a provider that was switched off since': [400, 400, async () => oneTimeLink(await signedIn()), true],
    'with a provider that is linked': [409, 409, async () => `${CALL}?${queryOf(await signedIn(), { ext_idp_conn_identifier: 'oidc' })}`],
    'of somebody who is banned': [
      ...([401, 403] as const),
      async () => {
        const who = person();
        const link = await oneTimeLink(await signedIn(who));
        await change(stage, "UPDATE users SET status = 'manual_banned' WHERE id = :id", { id: await userIdOf(stage, who) });
        return link;
      },
    ],
  };

  for (const [which, [status, code, link, off = false]] of once ? Object.entries(FAILURES) : []) {
    it(`refuses a link ${which}, on the page and in the envelope`, async () => {
      const browser = () => (off ? Object.assign(stage.browser(), { base: googleOff?.base }) : stage.browser());
      const flows = () => stage.query('SELECT id FROM flows');
      const [first, second] = [await link(), await link()];
      const before = await flows();
      const page = await browser().open(first);
      expectTells(page, status === 409 ? 400 : status, false);
      expect(page.text).to.include('role="alert"').and.not.match(/eyJ/);
      const answer = await browser().call('GET', second, undefined, { headers: { accept: 'application/json' } });
      expect([answer.status, answer.json?.statusCode], answer.text).to.deep.equal([200, code]);
      expect(answer.json?.requestId).to.be.a('string');
      expect((await flows()).length).to.be.at.most(before.length);
    });
  }

  it("tells the opener of an identity that is another's, one linked meanwhile, and of a no", async () => {
    const [by, owner] = [await signedIn(), person()];
    await stage.client().signIn('google', stage.providers.google, owner);
    expectTells(await travel(stage.browser(), await oneTimeLink(by), owner), 409, false);
    const [browser, late] = [stage.browser(), stage.browser()];
    const approvedLate = await late.open(await oneTimeLink(by));
    const out = await browser.open(await oneTimeLink(by));
    expectTells(await arrive(browser, await stage.providers.google.refuse(String(out.headers.get('location')))), 400, false);
    expect(await linked(by)).to.deep.equal([2]);
    await by.link('google', stage.providers.google, person());
    expectTells(await arrive(late, await stage.providers.google.approve(String(approvedLate.headers.get('location')))), 400, false);
    const rows = await stage.query<{ detail: string }>(
      "SELECT detail FROM audit_events WHERE event = 'auth.oauth.link.failure' ORDER BY id DESC",
    );
    expect(rows.slice(0, 3).map(({ detail }) => JSON.parse(detail).reason)).to.deep.equal([
      'already_linked',
      'denied',
      'linked_to_other_user',
    ]);
  });

  it('links nothing in a browser where somebody else is signed in', async () => {
    const [by, browser, back] = [await signedIn(), stage.browser(), person()];
    await browser.signIn('oidc', stage.providers.oidc, person());
    const before = (await browser.me()).text;
    const out = await browser.open(await oneTimeLink(by));
    const answer = await stage.providers.google.approve(String(out.headers.get('location')), back);
    const page = await arrive(browser, answer);
    expect([page.status, data(page, 'result')?.success ?? false], page.text).to.deep.equal([400, false]);
    expect([await linked(by), (await browser.me()).text]).to.deep.equal([[2], before]);
    const stranger = await arrive(stage.browser(), answer);
    expect(stranger.status).to.equal(400);
    browser.cookies.delete('latchkey-session');
    expectTells(await arrive(browser, answer), 200, true);
  });

  it('links in the browser of the very person, who stays signed in under a new session id', async () => {
    const [who, browser] = [person(), stage.browser()];
    await browser.signIn('oidc', stage.providers.oidc, who);
    const [by, session] = [await signedIn(who), browser.cookies.get('latchkey-session')];
    expectTells(await travel(browser, await oneTimeLink(by)), 200, true);
    expect((await browser.me()).json?.user?.email).to.equal(who.email);
    expect(browser.cookies.get('latchkey-session')).not.to.equal(session);
  });
}

describeOn(['sqlite'], 'GenAuth linking in a browser', (kind) => suite(kind, false));
describeWithRedis('GenAuth linking in a browser, with Redis,', () => suite(besideRedis(), true));
