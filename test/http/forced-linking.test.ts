// A link that another site had a browser open links nothing by itself: the person sees to whose account, and says yes or no.

import { expect } from 'chai';
import type { ApiClient, BrowserClient } from '../support/client.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { rawRequest } from '../support/raw-request.js';
import { describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change, PASSWORD, userIdOf } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const ALLOWED = 'https://app.example';
const CALL = '/api/v3/link-extidp';
const LURE = { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' };
const LURES: readonly Fields[] = [
  LURE,
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'cross-site', referer: `${ALLOWED}.evil.example/` },
  { 'sec-fetch-site': 'cross-site', referer: 'nonsense' },
  { 'sec-fetch-site': 'same-site', referer: 'http://127.0.0.1:1/' },
  { 'sec-fetch-site': 'same-site' },
];
const OWN: readonly Fields[] = [
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', referer: `${ALLOWED}/page` },
  { 'sec-fetch-site': 'same-site', referer: `${ALLOWED}/` },
];

const unescaped = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
const resultOf = ({ text }: HttpAnswer): Json | undefined => {
  const [, value] = /data-result="([^"]*)"/.exec(text) ?? [];
  return value === undefined ? undefined : JSON.parse(unescaped(value));
};

function suite(redis: boolean): void {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: 'sqlite', redis, config: { allowedOrigins: [ALLOWED] }, env: { LOG_LEVEL: 'trace' } });
  });
  after(() => stage.close());

  const signedIn = async (who: Person = person()) => stage.client().signIn('oidc', stage.providers.oidc, who);
  const withToken = (by: ApiClient) =>
    `${CALL}?${new URLSearchParams({ ext_idp_conn_identifier: 'google', app_id: 'app_1', id_token: by.token ?? '' })}`;

  async function oneTime(by: ApiClient): Promise<string> {
    const answer = await stage.client().call('GET', withToken(by).replace('link-extidp', 'generate-link-extidp-url'));
    const url = new URL(String(answer.json?.data?.url));
    return url.pathname + url.search;
  }

  const KINDS: Readonly<Record<string, (by: ApiClient) => Promise<string>>> = {
    'a one-time link': oneTime,
    'a link with a token': async (by) => withToken(by),
  };

  /** As a browser follows it: what is sent on still comes from there. */
  async function lured(browser: BrowserClient, link: string, headers: Fields = LURE): Promise<HttpAnswer> {
    const first = await browser.call('GET', link, undefined, { headers });
    if (first.status !== 302) return first;
    const onward = new URL(String(first.headers.get('location')));
    expect(onward.origin, 'not to the provider').to.equal(browser.base);
    return browser.call('GET', onward.pathname + onward.search, undefined, { headers });
  }

  function ticketIn(page: HttpAnswer): string {
    expect([page.status, page.headers.get('content-type')], page.text).to.deep.equal([200, 'text/html; charset=utf-8']);
    const [, action] = /<form class="choice" method="post" action="([^"]*)"/.exec(page.text) ?? [];
    expect(action).to.equal(CALL);
    return /name="ticket" value="([\w-]{43})"/.exec(page.text)?.[1] ?? '';
  }

  const say = (browser: BrowserClient, ticket: string, answer = 'yes') => browser.submit(CALL, { ticket, answer });

  async function finish(browser: BrowserClient, out: HttpAnswer, who: Person = person()): Promise<HttpAnswer> {
    const back = await stage.providers.google.approve(String(out.headers.get('location')), who);
    const path = `/callback/openid/google?${new URLSearchParams({ ...back })}`;
    return browser.call('GET', path, undefined, { headers: { 'sec-fetch-site': 'cross-site' } });
  }

  const flows = async () => (await stage.query("SELECT id FROM flows WHERE record LIKE '%codeVerifier%'")).length;

  for (const [which, make] of Object.entries(KINDS)) {
    it(`${which} asks, and names the account it would go to`, async () => {
      const attacker: Person = { ...person(), name: 'Mallory <b>' };
      const by = await signedIn(attacker);
      for (const headers of LURES) {
        const [link, before, browser] = [await make(by), await flows(), stage.browser()];
        const page = await lured(browser, link, headers);
        ticketIn(page);
        expect(page.text).to.include('Mallory &lt;b&gt;').and.include(String(attacker.email)).and.include('Google');
        expect(page.text, 'no token stands in it').not.to.include(String(by.token));
        expect(await flows(), 'no trip has begun').to.equal(before);
        expect([...browser.cookies.keys()]).to.deep.equal([]);
        for (const [name, value] of [
          ['x-frame-options', /^SAMEORIGIN$/],
          ['content-security-policy', /frame-ancestors 'none'/],
          ['cache-control', /^no-store$/],
          ['referrer-policy', /^same-origin$/],
          ['cross-origin-opener-policy', /^undefined$/],
        ] as const)
          expect(String(page.headers.get(name) ?? undefined), name).to.match(value);
      }
      expect(await by.linked()).to.deep.equal([2]);
    });

    it(`${which} goes on when the person says yes, and links once`, async () => {
      const [by, browser, who] = [await signedIn(), stage.browser(), person()];
      const ticket = ticketIn(await lured(browser, await make(by)));
      const out = await say(browser, ticket);
      expect([out.status, out.headers.get('location')?.startsWith(stage.providers.google.origin)], out.text).to.deep.equal([303, true]);
      const page = await finish(browser, out, who);
      expect(resultOf(page)).to.include({ success: true, errMsg: '' });
      expect([...(await by.linked())].sort()).to.deep.equal([2, 'google']);
      expect([(await say(browser, ticket)).status, (await browser.open(`${CALL}?ticket=${ticket}`)).status]).to.deep.equal([400, 400]);
    });

    it(`${which} comes to nothing when the person says no`, async () => {
      const [by, browser] = [await signedIn(), stage.browser()];
      const ticket = ticketIn(await lured(browser, await make(by)));
      const page = await say(browser, ticket, 'no');
      expect([page.status, page.headers.get('content-type')]).to.deep.equal([400, 'text/html; charset=utf-8']);
      expect(resultOf(page)).to.deep.equal({ success: false, errMsg: 'The person did not confirm the link', identities: [] });
      expect(page.text).to.include('You cancelled').and.include('tell-opener.js');
      expect((await say(browser, ticket)).status, 'it is used up').to.equal(400);
      expect(await by.linked()).to.deep.equal([2]);
    });

    it(`${which} goes on at once for our own pages, named origins and whoever types it`, async () => {
      const by = await signedIn();
      for (const headers of OWN) {
        const out = await stage.browser().call('GET', await make(by), undefined, { headers });
        expect([out.status, out.headers.get('location')?.startsWith(stage.providers.google.origin)], JSON.stringify(headers)).to.deep.equal(
          [302, true],
        );
      }
      const silent = await rawRequest(by.base + (await make(by)), { accept: 'text/html' });
      expect([silent.status, silent.location?.startsWith(stage.providers.google.origin)], 'a browser that says nothing').to.deep.equal([
        302,
        true,
      ]);
    });

    it(`${which} that another site has shown asks however it is opened then, as often as it is looked at`, async () => {
      const [by, browser] = [await signedIn(), stage.browser()];
      const ticket = ticketIn(await lured(browser, await make(by)));
      const path = `${CALL}?ticket=${ticket}`;
      for (const headers of [...OWN, ...LURES]) expect(ticketIn(await browser.call('GET', path, undefined, { headers }))).to.equal(ticket);
      expect((await browser.call('HEAD', path)).status).to.equal(204);
      expect((await browser.call('GET', path, undefined, { headers: { 'sec-purpose': 'prefetch' } })).status).to.equal(503);
      expect((await say(browser, ticket)).status, 'not used up').to.equal(303);
    });
  }

  it('nobody but our own page says yes', async () => {
    const [by, browser] = [await signedIn(), stage.browser()];
    const ticket = ticketIn(await lured(browser, await oneTime(by)));
    const form = new URLSearchParams({ ticket, answer: 'yes' });
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
    ])
      expect((await browser.call('POST', CALL, form, { headers })).status, JSON.stringify(headers)).to.equal(403);
    for (const fields of [
      {},
      { ticket },
      { ticket, answer: '' },
      { ticket, answer: 'YES' },
      { answer: 'yes' },
      { ticket: 'a', answer: 'yes' },
    ])
      expect((await browser.submit(CALL, fields as Fields)).status, JSON.stringify(fields)).to.equal(400);
    expect((await browser.call('POST', CALL, { ticket, answer: 'yes' })).status, 'JSON').to.equal(415);
    expect((await say(browser, ticket)).status, 'the person still can').to.equal(303);
  });

  it('a yes is too late when the session is over by then, or the provider linked', async () => {
    for (const [make, end] of [
      [oneTime, (by: ApiClient) => by.call('POST', '/auth/logout', undefined, { headers: { accept: '*/*' } })],
      [KINDS['a link with a token'] ?? oneTime, (by: ApiClient) => by.setPassword(PASSWORD).then(() => by.call('POST', '/auth/logout'))],
    ] as const) {
      const [by, browser] = [await signedIn(), stage.browser()];
      const ticket = ticketIn(await lured(browser, await make(by)));
      await end(by);
      expect((await browser.open(`${CALL}?ticket=${ticket}`)).status, 'nor is it asked').to.equal(400);
      expect((await say(browser, ticket)).status).to.equal(400);
    }
    const [by, browser] = [await signedIn(), stage.browser()];
    const ticket = ticketIn(await lured(browser, await oneTime(by)));
    await by.link('google', stage.providers.google, person());
    expect(resultOf(await say(browser, ticket))).to.include({
      success: false,
      errMsg: 'You already have a linked identity, please unlink it first',
    });
  });

  it('is told in the language of who reads it, and says which address nobody has proven', async () => {
    const who = { ...person(), locale: 'zh-CN', email_verified: false };
    const by = await signedIn(who);
    await change(stage, "UPDATE users SET language = 'zh-CN' WHERE id = :id", { id: await userIdOf(stage, who) });
    const read = async (language: string) =>
      (await lured(stage.browser(), await oneTime(by), { ...LURE, 'accept-language': language })).text;
    expect(await read('en'))
      .to.include('Link Google to this account?')
      .and.include(`${who.email} (not confirmed)`);
    expect(await read('zh-CN'))
      .to.include('将 Google 绑定到此账号？')
      .and.include(`${who.email}（未验证）`);
  });

  it('leaves no token in an address, a log or the way to the provider', async () => {
    const [by, browser] = [await signedIn(), stage.browser()];
    const first = await browser.call('GET', withToken(by), undefined, { headers: LURE });
    expect([first.status, first.headers.get('location')?.includes(by.token ?? '')]).to.deep.equal([302, false]);
    const onward = new URL(String(first.headers.get('location')));
    expect([onward.pathname, [...onward.searchParams.keys()]]).to.deep.equal([CALL, ['ticket']]);
    const out = await say(browser, ticketIn(await lured(browser, onward.pathname + onward.search)));
    expect(out.headers.get('location')).not.to.include(by.token ?? '');
    for (const server of stage.servers) expect(server.output()).not.to.include(by.token ?? '');
  });
}

describe('A link that another site had opened', () => suite(false));
describeWithRedis('With Redis, a link that another site had opened', () => suite(true));

describe('A link that another site had opened, where a recent sign-in is wanted', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { reauthenticateWithin: '5s' } });
  });
  after(() => stage.close());

  it('wants it of a link with a token when the person says yes, too', async () => {
    const by = await stage.client().signIn('oidc', stage.providers.oidc, person());
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'google', app_id: 'app_1', id_token: by.token ?? '' });
    const first = await stage.browser().call('GET', `${CALL}?${query}`, undefined, { headers: LURE });
    const ticket = new URL(String(first.headers.get('location'))).searchParams.get('ticket') ?? '';
    expect((await stage.browser().call('GET', `${CALL}?ticket=${ticket}`, undefined, { headers: LURE })).status).to.equal(200);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const late = await stage.browser().submit(CALL, { ticket, answer: 'yes' });
    expect([late.status, resultOf(late)?.success], late.text).to.deep.equal([403, false]);
    expect((await stage.browser().call('GET', `${CALL}?${query}`, undefined, { headers: LURE })).status, 'nor is it asked').to.equal(403);
  });

  it('another site cannot have a trip follow a sign-in that links', async () => {
    for (const returnTo of [`${CALL}?ticket=${'a'.repeat(43)}`, '/API/v3/Link-ExtIdp?ticket=a', '/auth/google/link']) {
      const lure = `/auth/oidc?${new URLSearchParams({ returnTo })}`;
      const out = await stage.browser().call('GET', lure, undefined, { headers: LURE });
      expect(out.status).to.equal(302);
      const browser = stage.browser();
      const begun = await browser.call('GET', lure, undefined, { headers: LURE });
      const back = await stage.providers.oidc.approve(String(begun.headers.get('location')), person());
      const done = await browser.call('GET', `/callback/openid/2?${new URLSearchParams({ ...back })}`);
      expect(done.headers.get('location'), returnTo).to.equal('/account/connections');
    }
  });
});
