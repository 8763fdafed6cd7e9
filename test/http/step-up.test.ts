// Who is to prove again who they are has to do it: a provider's session of yesterday is no proof, whatever the address said.

import { expect } from 'chai';
import type { JWTPayload } from 'jose';
import type { BrowserClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type PanvaProvider, startPanvaProvider } from '../support/panva-provider.js';
import { type Person, person } from '../support/person.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';

const DAY_S = 86_400;
const SEGMENTS: Readonly<Record<StageProvider | 'acme', string>> = { google: 'google', oidc: '2', logto: '0', acme: 'acme' };
const OWN = { headers: { 'sec-fetch-site': 'same-origin' } };

const nowS = () => Math.floor(Date.now() / 1000);
const saying = (auth_time: unknown) => (honest: JWTPayload) => ({ ...honest, auth_time });
const silent = ({ auth_time: _, ...honest }: JWTPayload) => honest;

describe('Proving again who one is', () => {
  let stage: Stage;
  /** Somebody else's implementation, which keeps people signed in. */
  let acme: PanvaProvider;

  before(async function () {
    this.timeout(60_000);
    const port = await freePort();
    acme = await startPanvaProvider({ alg: 'RS256', redirectUri: `http://127.0.0.1:${port}/callback/openid/acme` });
    const { issuer, clientId, clientSecret } = acme;
    const providers = { acme: { type: 'oidc', issuer, clientId, clientSecret } };
    const env = { BASE_URL: `http://127.0.0.1:${port}` }; // Cookies know no ports.
    stage = await openStage({ database: 'sqlite', config: { reauthenticateWithin: '10m', providers }, env });
  });
  after(async () => {
    await stage?.close();
    await acme?.close();
  });
  afterEach(() => {
    for (const { bend } of Object.values(stage.providers)) Reflect.deleteProperty(bend, 'idTokenClaims');
  });

  const approve = (provider: keyof typeof SEGMENTS, url: string, who: Person) =>
    (provider === 'acme' ? acme : stage.providers[provider]).approve(url, who);

  interface Trip {
    readonly path: string;
    readonly who: Person;
    /** What the person makes of the address on the way. */
    readonly strike?: readonly string[];
  }

  async function travel(browser: BrowserClient, { path, who, strike = [] }: Trip): Promise<HttpAnswer> {
    const provider = path.split(/[/?]/)[2] as keyof typeof SEGMENTS;
    const out = await browser.call('GET', path, undefined, OWN);
    expect(out.status, out.text).to.equal(302);
    const url = new URL(String(out.headers.get('location')));
    for (const name of strike) url.searchParams.delete(name);
    const back = await approve(provider, url.href, who);
    return browser.call('GET', `/callback/openid/${SEGMENTS[provider]}?${new URLSearchParams({ ...back })}`);
  }

  /** Signed in by a provider that has known them since yesterday, and says so. */
  async function member(provider: StageProvider = 'oidc'): Promise<{ readonly browser: BrowserClient; readonly who: Person }> {
    const [browser, who] = [stage.browser(), person()];
    const { bend } = stage.providers[provider];
    bend.idTokenClaims = saying(nowS() - DAY_S);
    expect((await travel(browser, { path: `/auth/${provider}`, who })).status).to.equal(302);
    Reflect.deleteProperty(bend, 'idTokenClaims');
    return { browser, who };
  }

  const mayLink = async (browser: BrowserClient) => (await browser.call('GET', '/auth/acme/link', undefined, OWN)).status;

  async function expectAskedAgain(browser: BrowserClient, answer: HttpAnswer): Promise<void> {
    expect([answer.status, answer.headers.get('content-type')], answer.text).to.deep.equal([403, 'text/html; charset=utf-8']);
    expect(answer.text).to.include('Please confirm that it is you').and.include('/confirm?returnTo=%2Fafter').and.not.include('confirm%3F');
    expect(await mayLink(browser), 'as old as before').to.equal(403);
    const [row] = await stage.query<{ event: string; detail: string }>(
      "SELECT event, detail FROM audit_events WHERE event = 'auth.oauth.sign_in.failure' ORDER BY id DESC LIMIT 1",
    );
    expect(JSON.parse(row?.detail ?? '{}'))
      .to.include({ reason: 'reauthentication_required' })
      .and.have.property('detail');
  }

  it('asks a provider to have the person sign in there again, where it knows how, and no other trip does', async () => {
    const { browser, who } = await member();
    const paramsOf = async (path: string) => {
      const out = await browser.call('GET', path, undefined, OWN);
      const { searchParams } = new URL(String(out.headers.get('location')));
      return [searchParams.get('prompt'), searchParams.get('max_age')];
    };
    expect(await paramsOf('/auth/oidc/confirm')).to.deep.equal(['login', '0']);
    await travel(browser, { path: '/auth/oidc/confirm', who });
    for (const provider of ['google', 'logto'] as const) {
      expect((await browser.link(provider, stage.providers[provider], person())).status).to.equal(302);
    }
    expect(await paramsOf('/auth/logto/confirm')).to.deep.equal(['login', '0']);
    expect(await paramsOf('/auth/google/confirm')).to.deep.equal(['select_account', null]);
    expect(await paramsOf('/auth/oidc')).to.deep.equal([null, null]);
    expect(await paramsOf('/auth/logto')).to.deep.equal(['consent', null]);
  });

  const REFUSED: Readonly<Record<string, (honest: JWTPayload) => JWTPayload>> = {
    'of yesterday': saying(nowS() - DAY_S),
    'of two minutes before': (honest) => saying(nowS() - 120)(honest),
    missing: silent,
    'of tomorrow': (honest) => saying(nowS() + DAY_S)(honest),
    'in milliseconds': (honest) => saying(Date.now())(honest),
  };

  for (const provider of ['oidc', 'logto'] as const) {
    for (const [which, bent] of Object.entries(REFUSED)) {
      it(`is not done with an auth_time that is ${which} (${provider})`, async () => {
        const { browser, who } = await member(provider);
        const session = browser.cookies.get('latchkey-session');
        stage.providers[provider].bend.idTokenClaims = bent;
        await expectAskedAgain(browser, await travel(browser, { path: `/auth/${provider}/confirm?returnTo=/after`, who }));
        expect(browser.cookies.get('latchkey-session')).to.equal(session);
      });
    }
  }

  it('is not done with an auth_time that no provider may send', async () => {
    for (const value of [null, String(nowS()), -1, [nowS()], {}]) {
      const { browser, who } = await member();
      stage.providers.oidc.bend.idTokenClaims = saying(value);
      expect((await travel(browser, { path: '/auth/oidc/confirm?returnTo=/after', who })).status, JSON.stringify(value)).to.be.oneOf([
        403, 502,
      ]);
      expect(await mayLink(browser)).to.equal(403);
    }
  });

  it('is done by a sign-in there since, also by a clock that is half a minute behind', async () => {
    for (const behind of [0, 30, 59]) {
      const { browser, who } = await member();
      stage.providers.oidc.bend.idTokenClaims = (honest) => saying(nowS() - behind)(honest);
      const answer = await travel(browser, { path: '/auth/oidc/confirm?returnTo=/after', who });
      expect([answer.status, answer.headers.get('location')], answer.text).to.deep.equal([302, '/after']);
      expect(await mayLink(browser)).to.equal(302);
    }
  });

  it('is done by coming back from Google, which never says when; but not if it says so of yesterday', async () => {
    const { browser, who } = await member('google');
    stage.providers.google.bend.idTokenClaims = saying(nowS() - DAY_S);
    await expectAskedAgain(browser, await travel(browser, { path: '/auth/google/confirm?returnTo=/after', who }));
    Reflect.deleteProperty(stage.providers.google.bend, 'idTokenClaims');
    expect((await travel(browser, { path: '/auth/google/confirm?returnTo=/after', who })).status).to.equal(302);
    expect(await mayLink(browser)).to.equal(302);
  });

  it('cannot be got around in the address, at a provider that others wrote', async () => {
    const [browser, who] = [stage.browser(), person()];
    expect((await travel(browser, { path: '/auth/acme', who })).status).to.equal(302);
    expect(await acme.isSignedIn(who), 'and will be for an hour').to.equal(true);
    const path = '/auth/acme/confirm?returnTo=/after';
    for (const strike of [['prompt', 'max_age'], ['max_age'], ['prompt'], []]) {
      const answer = await travel(browser, { path, who, strike });
      const isProof = strike.length < 2; // Each of them alone has the person sign in there.
      expect([strike, answer.status, answer.headers.get('location')]).to.deep.equal([
        strike,
        isProof ? 302 : 403,
        isProof ? '/after' : null,
      ]);
    }
  });

  it('is asked of who has just come in through a session of yesterday, and of nobody else', async () => {
    const { browser, who } = await member();
    expect((await browser.me()).json?.user?.email, 'signed in all the same').to.equal(who.email);
    expect(await mayLink(browser)).to.equal(403);
    await travel(browser, { path: '/auth/oidc/confirm', who });
    expect(await mayLink(browser)).to.equal(302);
    for (const claims of [silent, saying(nowS() - 60), (honest: JWTPayload) => saying(nowS() + 30)(honest)]) {
      stage.providers.oidc.bend.idTokenClaims = claims;
      const [another, somebody] = [stage.browser(), person()];
      await travel(another, { path: '/auth/oidc', who: somebody });
      expect(await mayLink(another)).to.equal(302);
    }
  });

  it('is asked of an app with tokens, too, whose sign-in was a session of yesterday', async () => {
    stage.providers.oidc.bend.idTokenClaims = saying(nowS() - DAY_S);
    const client = await stage.client().signIn('oidc', stage.providers.oidc, person());
    expect((await client.prepare('google', { linking: true })).json?.code).to.equal(403);
    const refreshed = await client.refresh();
    client.token = String(refreshed.json?.data?.access_token);
    expect((await client.prepare('google', { linking: true })).json?.code, 'a refresh is no sign-in').to.equal(403);
  });
});
