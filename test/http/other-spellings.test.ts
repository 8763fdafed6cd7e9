// A host has many names: a trip begins at BASE_URL, whichever of them the person came by.

import { expect } from 'chai';
import { person } from '../support/person.js';
import { type RawAnswer, rawRequest } from '../support/raw-request.js';
import { openStage, type Stage } from '../support/stage.js';

type Fields = Readonly<Record<string, string>>;

const TYPED = { accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };
const STARTS = [
  '/auth/google?returnTo=/after',
  '/auth/google/link',
  '/auth/oidc/confirm?returnTo=%2Fafter',
  '/',
  '/account/connections',
  '/api/v3/link-extidp?ticket=a',
];
const PUBLIC = 'https://app.example';

describe('On another spelling of the host', () => {
  let stage: Stage;
  /** The same, behind a proxy that tells the truth, under a public name. */
  let proxied: string;
  /** The same public name, behind a proxy that nobody told us of. */
  let untold: string;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: 'sqlite' });
    proxied = (await stage.start({}, { BASE_URL: PUBLIC, TRUST_PROXY: '1' })).base;
    untold = (await stage.start({}, { BASE_URL: PUBLIC })).base;
  });
  after(() => stage.close());

  const base = () => stage.client().base;
  const port = () => new URL(base()).port;
  const at = (path: string, headers: Fields, server = base()) => rawRequest(server + path, { ...TYPED, ...headers });

  /** Sent to the same path and query there, marked, with no cookie made on the way. */
  function expectSentTo({ status, location, setCookies }: RawAnswer, origin: string, path: string): string {
    expect([status, setCookies]).to.deep.equal([302, []]);
    const url = new URL(String(location));
    const asked = new URL(path, origin);
    expect([url.origin, url.pathname]).to.deep.equal([origin, asked.pathname]);
    for (const [name, value] of asked.searchParams) expect(url.searchParams.get(name)).to.equal(value);
    return url.pathname + url.search;
  }

  it('a person is sent to BASE_URL before anything else', async () => {
    for (const host of [`localhost:${port()}`, `127.0.0.1.:${port()}`, `[::1]:${port()}`, `127.1.2.3:${port()}`, 'LocalHost']) {
      for (const path of STARTS) expectSentTo(await at(path, { host }), base(), path);
    }
  });

  it('a name under which the public site is known leads to BASE_URL as well', async () => {
    for (const host of ['APP.EXAMPLE', 'app.example.', 'www.app.example', 'app.example.org:8443'])
      for (const path of STARTS) {
        expectSentTo(await at(path, { host }, untold), PUBLIC, path);
        expectSentTo(await at(path, { host: 'inner', 'x-forwarded-host': `${host}, inner` }, proxied), PUBLIC, path);
      }
    for (const path of STARTS) expectSentTo(await at(path, { host: 'app.example', 'x-forwarded-proto': 'http' }, proxied), PUBLIC, path);
  });

  it('nobody is sent anywhere from BASE_URL itself, or by what a proxy calls it', async () => {
    const home: readonly (readonly [string, Fields])[] = [
      [base(), {}],
      [base(), { host: '127.0.0.1' }],
      [base(), { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' }],
      [base(), { host: '192.168.1.5:3000' }],
      ...['app.example', 'app.example:443', 'app.example:8443', '127.0.0.1:3000', 'app', '10.0.0.7', '[fd00::7]:3000'].map(
        (host) => [untold, { host, 'x-forwarded-proto': 'http' }] as const,
      ),
      [proxied, { host: 'backend.internal', 'x-forwarded-host': 'app.example', 'x-forwarded-proto': 'https' }],
    ];
    for (const [server, headers] of home) {
      const out = await at('/auth/google', headers, server);
      expect([out.status, out.location?.startsWith(stage.providers.google.origin)], JSON.stringify(headers)).to.deep.equal([302, true]);
      expect((await at('/', headers, server)).status).to.equal(200);
      expect((await at('/account/connections', headers, server)).status).to.equal(401);
    }
  });

  it('nobody goes in circles where a proxy writes another name into every request', async () => {
    const host = 'backend.internal';
    const marked = expectSentTo(await at('/auth/google?returnTo=/after', { host }, untold), PUBLIC, '/auth/google?returnTo=/after');
    const out = await at(marked, { host }, untold);
    expect([out.status, out.location?.startsWith(stage.providers.google.origin)]).to.deep.equal([302, true]);
    expect((await at(expectSentTo(await at('/', { host }, untold), PUBLIC, '/'), { host }, untold)).status).to.equal(200);
  });

  it('a person who is signed in there keeps their page, and links by way of BASE_URL', async () => {
    const [browser, who] = [stage.browser(), person()];
    await browser.signIn('oidc', stage.providers.oidc, who);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const host = `localhost:${port()}`;
    const page = await at('/account/connections', { host, cookie });
    expect([page.status, page.text.includes(who.email)]).to.deep.equal([200, true]);
    const form = { ...TYPED, host, cookie, 'sec-fetch-site': 'same-origin' };
    const pressed = await rawRequest(`${base()}/account/connections/google/link`, form, 'POST');
    expect([pressed.status, pressed.location]).to.deep.equal([303, '/auth/google/link?returnTo=%2Faccount%2Fconnections']);
    expectSentTo(await at(String(pressed.location), { host, cookie }), base(), String(pressed.location));
  });

  it('a look is no beginning, and what is no trip is answered where it is asked', async () => {
    const host = `localhost:${port()}`;
    expect((await rawRequest(`${base()}/auth/google`, { ...TYPED, host }, 'HEAD')).status).to.equal(204);
    expect((await at('/auth/google', { host, 'sec-purpose': 'prefetch' })).status).to.equal(503);
    expect((await at('/auth/me', { host })).status).to.equal(401);
    expect((await at('/auth/nobody', { host })).status).to.equal(404);
    expect((await at('/healthz', { host })).status).to.equal(200);
  });

  it('an app whose script prepares a sign-in there is told in the log', async () => {
    const browser = stage.browser();
    const prepare = (origin: string) =>
      fetch(`${origin}/session/openid`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ provider: 'google' }),
      });
    await prepare(browser.base);
    const said = () => stage.servers[0]?.output().match(/without its flow cookie/g)?.length ?? 0;
    expect(said()).to.equal(0);
    for (const _ of [1, 2]) expect((await prepare(browser.base.replace('127.0.0.1', 'localhost'))).status).to.equal(200);
    expect(said()).to.equal(1);
  });
});
