// The demo provider, walked through as a browser and a relying party would, over HTTP.

import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { type DemoProvider, startDemoProvider } from '../../lib/server/demo/demo-provider.js';
import { loadOidcProvider } from '../../lib/server/demo/load-oidc-provider.js';
import { readEnvironment } from '../../lib/server/environment.js';
import { startServer } from '../../lib/server/server.js';
import { silentLogger } from '../../lib/support/logger.js';
import { freePort } from '../support/free-port.js';
import { newFolder } from '../support/run-folder.js';

const REDIRECT_URI = 'http://127.0.0.1:3999/callback/openid/0';

/** Keeps cookies by name and path, as a browser does, and follows nothing by itself. */
class Browser {
  readonly #cookies = new Map<string, { readonly name: string; readonly value: string; readonly path: string }>();

  async go(url: string, form?: Record<string, string>): Promise<{ status: number; location: string; html: string; headers: Headers }> {
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /; ?path=([^;]+)/i.exec(line)?.[1] ?? '/';
      const key = `${name} ${path}`;
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(key);
      else this.#cookies.set(key, { name, value, path });
    }
    const location = response.headers.get('location') ?? '';
    return {
      status: response.status,
      location: location === '' ? '' : new URL(location, url).href,
      html: await response.text(),
      headers: response.headers,
    };
  }

  cookieNames(): readonly string[] {
    return [...this.#cookies.values()].map(({ name, path }) => `${name} ${path}`);
  }
}

/** A person who signs in at the standalone server by its demo, at one start; their id. */
async function signInAtStart(env: NodeJS.ProcessEnv): Promise<unknown> {
  const server = await startServer(readEnvironment(env));
  try {
    const browser = new Browser();
    const page = (await browser.go((await browser.go(`${server.url}/auth/oidc`)).location)).location;
    const back = (await browser.go((await browser.go(page, { choice: 'demo-alice' })).location)).location;
    await browser.go(back);
    const me = JSON.parse((await browser.go(`${server.url}/auth/me`)).html) as { readonly user?: { readonly id: unknown } };
    return me.user?.id;
  } finally {
    await server.close();
  }
}

interface Trip {
  readonly browser: Browser;
  readonly choice: string;
  readonly params?: Record<string, string>;
}

describe('demo provider', () => {
  let demo: DemoProvider;
  let discovery: Record<string, string & readonly string[]>;
  const printed: unknown[][] = [];
  const { info, warn, error } = console;

  before(async () => {
    const print = (...data: unknown[]) => void printed.push(data);
    Object.assign(console, { info: print, warn: print, error: print });
    demo = await startDemoProvider({ host: '127.0.0.1', port: 0, redirectUris: [REDIRECT_URI], logger: silentLogger });
    discovery = (await (await fetch(`${demo.issuer}/.well-known/openid-configuration`)).json()) as typeof discovery;
  });
  after(async () => {
    Object.assign(console, { info, warn, error });
    await demo.close();
    await demo.close();
  });

  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  function authorizationUrl(params: Record<string, string> = {}): string {
    const query = {
      client_id: demo.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile email',
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...params,
    };
    return `${discovery.authorization_endpoint}?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))}`;
  }

  /** From the app's link to the URL that leads back to the app. */
  async function travel({ browser, choice, params }: Trip): Promise<URL> {
    const start = await browser.go(authorizationUrl(params));
    expect(start.status).to.equal(303);
    const page = await browser.go(start.location);
    expect(page.status).to.equal(200);
    expect(page.html).to.include('<h1>Choose an account</h1>').and.to.include('Alice Example').and.to.include('Bob Example');
    const chosen = await browser.go(start.location, { choice });
    expect(chosen.status).to.equal(303);
    const back = await browser.go(chosen.location);
    expect(back.status, back.html).to.equal(303);
    return new URL(back.location);
  }

  async function redeem(url: URL, body: Record<string, string> = {}) {
    const response = await fetch(discovery.token_endpoint ?? '', {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${demo.clientId}:${demo.clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: url.searchParams.get('code') ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
        ...body,
      }),
    });
    return { status: response.status, tokens: (await response.json()) as Record<string, string> };
  }

  async function userInfo(accessToken: string | undefined): Promise<unknown> {
    const response = await fetch(discovery.userinfo_endpoint ?? '', { headers: { authorization: `Bearer ${accessToken}` } });
    return response.json();
  }

  const alice = { sub: 'demo-alice', name: 'Alice Example', email: 'alice@example.test', email_verified: true };
  const bob = { sub: 'demo-bob', name: 'Bob Example', email: 'bob@example.test', email_verified: true };

  it('is both a plain issuer and a Logto endpoint, and says what it can', () => {
    expect(demo.issuer).to.equal(`${demo.origin}/oidc`);
    expect(discovery.issuer).to.equal(demo.issuer);
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
      'jwks_uri',
      'end_session_endpoint',
      'revocation_endpoint',
    ]) {
      expect(discovery[name], name).to.match(new RegExp(`^${demo.issuer}/`));
    }
    expect(discovery.authorization_response_iss_parameter_supported).to.equal(true);
    expect(discovery.id_token_signing_alg_values_supported).to.deep.equal(['RS256']);
    expect(discovery.code_challenge_methods_supported).to.deep.equal(['S256']);
  });

  it('lets a person sign in as Alice', async () => {
    const back = await travel({ browser: new Browser(), choice: 'demo-alice' });
    expect(`${back.origin}${back.pathname}`).to.equal(REDIRECT_URI);
    expect(back.searchParams.get('state')).to.equal('the-state');
    expect(back.searchParams.get('iss')).to.equal(demo.issuer);

    const { status, tokens } = await redeem(back);
    expect(status).to.equal(200);
    const keys = createRemoteJWKSet(new URL(discovery.jwks_uri ?? ''));
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys, { issuer: demo.issuer, audience: demo.clientId });
    expect(protectedHeader.alg).to.equal('RS256');
    expect(payload).to.include({ ...alice, nonce: 'the-nonce' });
    expect(await userInfo(tokens.access_token)).to.deep.equal(alice);
    expect((await redeem(back)).tokens.error, 'a code works once').to.equal('invalid_grant');
  });

  it('asks again on the next trip, so that the same browser can be Bob, and then Alice', async () => {
    const browser = new Browser();
    for (const [choice, person] of [
      ['demo-alice', alice],
      ['demo-bob', bob],
      ['demo-bob', bob],
      ['demo-alice', alice],
    ] as const) {
      const { tokens } = await redeem(await travel({ browser, choice }));
      expect(await userInfo(tokens.access_token)).to.deep.equal(person);
    }
  });

  it('keeps its cookies away from the app on the same host', async () => {
    const browser = new Browser();
    await travel({ browser, choice: 'demo-alice' });
    expect(browser.cookieNames()).to.not.be.empty;
    for (const cookie of browser.cookieNames()) expect(cookie).to.match(/^latchkey_demo_\w+(?:\.sig)? \/oidc(?:\/|$)/);
  });

  it('tells the app when the person cancels', async () => {
    const back = await travel({ browser: new Browser(), choice: 'cancel' });
    expect(Object.fromEntries(back.searchParams)).to.include({ error: 'access_denied', state: 'the-state', iss: demo.issuer });
    expect(back.searchParams.has('code')).to.equal(false);
  });

  for (const prompt of ['consent', 'login', 'select_account', 'login consent', 'select_account consent']) {
    it(`shows the account page and nothing after it for prompt=${prompt}`, async () => {
      const { tokens } = await redeem(await travel({ browser: new Browser(), choice: 'demo-bob', params: { prompt } }));
      expect(await userInfo(tokens.access_token)).to.deep.equal(bob);
    });
  }

  it('answers what Logto and Google clients send besides', async () => {
    const params = {
      prompt: 'consent',
      scope: 'openid offline_access profile email phone custom_data identities urn:logto:scope:organizations',
      login_hint: 'bob@example.test',
      access_type: 'offline',
      max_age: '0',
    };
    const { tokens } = await redeem(await travel({ browser: new Browser(), choice: 'demo-alice', params }));
    expect(tokens.refresh_token).to.be.a('string');
    expect(Number(decodeJwt(tokens.id_token ?? '').auth_time), 'asked for the time of a sign-in').to.be.closeTo(Date.now() / 1000, 10);
    const again = await redeem(new URL(REDIRECT_URI), { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' });
    expect(await userInfo(again.tokens.access_token)).to.deep.equal(alice);
  });

  it('says that nobody is signed in when no page may be shown', async () => {
    const browser = new Browser();
    await travel({ browser, choice: 'demo-alice' });
    const { location } = await browser.go(authorizationUrl({ prompt: 'none' }));
    expect(new URL(location).searchParams.get('error')).to.equal('login_required');
  });

  it('sends nobody to a redirect URI it does not know', async () => {
    for (const redirect_uri of [
      'http://evil.test/',
      `${REDIRECT_URI}/`,
      `${REDIRECT_URI}?x=1`,
      'http://127.0.0.1:4000/callback/openid/0',
      '<script>',
    ]) {
      const { status, location, html } = await new Browser().go(authorizationUrl({ redirect_uri }));
      expect([status, location], redirect_uri).to.deep.equal([400, '']);
      expect(html).to.include('<h1>That did not work</h1>').and.to.not.include('<script>');
    }
  });

  it('does nothing without PKCE, or with a wrong verifier', async () => {
    const { location } = await new Browser().go(authorizationUrl({ code_challenge: '', code_challenge_method: '' }));
    expect(new URL(location).searchParams.get('error')).to.equal('invalid_request');
    const back = await travel({ browser: new Browser(), choice: 'demo-alice' });
    expect((await redeem(back, { code_verifier: 'x'.repeat(43) })).tokens.error).to.equal('invalid_grant');
  });

  it('shows a page that needs no script, and refuses an account that is not there', async () => {
    const browser = new Browser();
    const { location } = await browser.go(authorizationUrl());
    const { html, headers } = await browser.go(location);
    expect(html).to.not.match(/<script|\son\w+=/i);
    expect(headers.get('content-security-policy')).to.match(/^default-src 'none'/);
    expect(headers.get('cache-control')).to.equal('no-store');
    const wrong = await browser.go(location, { choice: 'demo-eve' });
    expect([wrong.status, wrong.location]).to.deep.equal([400, '']);
    expect((await browser.go(location, { choice: 'demo-bob' })).status).to.equal(303);
  });

  it('does not show a trip to another browser', async () => {
    const { location } = await new Browser().go(authorizationUrl());
    for (const form of [undefined, { choice: 'demo-alice' }]) {
      const page = await new Browser().go(location, form);
      expect(page.status).to.equal(400);
      expect(page.html).to.include('This page is too old');
    }
  });

  it('signs out with a page of its own', async () => {
    const browser = new Browser();
    const { tokens } = await redeem(await travel({ browser, choice: 'demo-alice' }));
    const page = await browser.go(`${discovery.end_session_endpoint}?id_token_hint=${tokens.id_token}`);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.html) ?? [];
    expect(page.html).to.include('<h1>Sign out?</h1>');
    const confirmed = await browser.go(`${discovery.end_session_endpoint}/confirm`, { xsrf, logout: 'yes' });
    expect((await browser.go(confirmed.location)).html).to.include('<h1>Signed out</h1>');
  });

  it('answers to its own name only, and nothing outside its path', async () => {
    const { port } = new URL(demo.origin);
    const misdirected = await new Promise<number | undefined>((resolve, reject) => {
      request(
        { host: '127.0.0.1', port, path: '/oidc/.well-known/openid-configuration', headers: { host: `evil.test:${port}` } },
        (res) => {
          text(res).then(() => resolve(res.statusCode), reject);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(misdirected).to.equal(421);
    expect((await fetch(`${demo.origin}/`)).status).to.equal(404);
    expect((await fetch(`${demo.origin}/oidcx/auth`)).status).to.equal(404);
    expect((await fetch(`${demo.issuer}/nothing`)).status).to.equal(404);
  });

  it('does not answer scripts of other origins', async () => {
    const { tokens } = await redeem(await travel({ browser: new Browser(), choice: 'demo-alice' }));
    const headers = { authorization: `Bearer ${tokens.access_token}`, origin: 'http://evil.test' };
    const response = await fetch(discovery.userinfo_endpoint ?? '', { headers });
    expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    expect(await response.text()).to.not.include('Alice');
  });

  it('has the same people at the next start of the server, on whatever port', async () => {
    const env = { PORT: String(await freePort()), DATA_DIR: newFolder('demo'), LOG_LEVEL: 'silent' };
    const id = await signInAtStart(env);
    expect(id).to.be.a('string');
    expect(await signInAtStart(env)).to.equal(id);
  });

  it('printed nothing on the console all the while', () => {
    expect(printed).to.deep.equal([]);
  });

  it('says what to do when its library is not installed', async () => {
    const name = 'oidc-provider-that-is-not-installed';
    const failure: unknown = await loadOidcProvider(() => import(name)).catch((thrown: unknown) => thrown);
    expect(String(failure)).to.match(/npm install --save-dev oidc-provider/);
  });
});
