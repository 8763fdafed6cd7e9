// The typed client against a real server: the tour, its failures, and tokens that are renewed.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { build } from 'esbuild';
import { CLIENT_TYPES_FILE, clientTypes } from '../../build/client-types.js';
import { CallError, type Client, createClient, type Fetch, memoryTokens, type TokenStore } from '../../lib/client.js';
import { BrowserClient } from '../support/client.js';
import { request } from '../support/http-request.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { PASSWORD } from '../support/passwords.js';
import { type Person, person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';

/** Through the suites' own HTTP, so that its answers, too, are held to the description. */
const told: Fetch = async (url, { method, headers, body }) => {
  const { status, headers: given, text } = await request(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status, headers: given, text: async () => text };
};

async function failureOf(call: Promise<unknown>): Promise<CallError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CallError)) throw new Error(`No CallError: ${error}`);
  return error;
}

describe('The client', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  const clientOf = (tokens: TokenStore = memoryTokens(), fetch: Fetch = told) =>
    createClient({ baseUrl: stage.client().base, tokens, fetch });

  async function travel(client: Client, provider: number | string, at: OpenIdProvider, who: Person, linking = false) {
    const named = provider as 0 | string;
    const url = await client.call('PUT /session/openid', { body: { provider: named, linking } });
    const { code, state } = await at.approve(url, who);
    return await client.call('POST /session/openid', { body: { code, session_id: state, provider_id: named } });
  }

  it('takes the tour: in, linked, out of one, kept in by the other, out', async () => {
    const { logto, google } = stage.providers;
    const [tokens, who] = [memoryTokens(), person()];
    const client = clientOf(tokens);
    const signedIn = await travel(client, 0, logto, who);
    expect(signedIn?.user.email).to.equal(who.email);
    expect(await travel(client, 'google', google, person(), true)).to.equal(undefined);
    const { open_id, links } = await client.call('GET /user/setting');
    expect([open_id.map(({ provider }) => provider), links.map(({ provider }) => provider)]).to.deep.equal([[0], ['google']]);
    const identities = await client.call('GET /api/v3/get-identities');
    expect(identities.map(({ originConnIds }) => originConnIds[0])).to.have.members(['logto', 'google']);
    const done = await client.call('DELETE /api/v1/auth/oauth/unlink/{provider}', { path: { provider: 'google' } });
    expect(done.message).to.equal('Provider unlinked successfully');
    const refused = await failureOf(client.call('DELETE /session/openid/{provider_id}', { path: { provider_id: 0 } }));
    expect(refused).to.include({ code: 40084, status: 200 });
    expect(refused.message).to.match(/^This is your only sign-in method/);
    expect(refused.correlationId).to.match(/^[0-9a-f-]{36}$/);
    await client.call('PATCH /user/setting', { body: { new_password: PASSWORD } });
    await client.call('DELETE /session/openid/{provider_id}', { path: { provider_id: 0 } });
    const { refresh_token = '' } = (await tokens.read()) ?? {};
    await client.call('DELETE /session/token', { body: { refresh_token } });
    expect(await tokens.read()).to.equal(undefined);
    expect(await failureOf(client.call('GET /user/setting'))).to.include({ code: 401 });
  });

  it('tells failures of every dialect alike, and what is no answer of ours', async () => {
    const client = clientOf();
    expect(await failureOf(client.call('GET /api/v1/auth/me'))).to.include({ status: 401, code: 'auth.token.invalid' });
    expect(await failureOf(client.call('GET /api/v3/get-identities'))).to.include({ status: 200, code: 401 });
    expect(await failureOf(client.call('GET /auth/me'))).to.include({ status: 401, code: 'unauthenticated' });
    const elsewhere = createClient({ baseUrl: `${stage.client().base}/nowhere`, fetch: told });
    expect(await failureOf(elsewhere.call('GET /auth/me'))).to.include({ status: 404 });
    const html = createClient({ baseUrl: '', fetch: async () => ({ status: 502, headers: new Headers(), text: async () => '<html>' }) });
    expect(await failureOf(html.call('GET /auth/me'))).to.include({ status: 502, code: undefined });
  });

  it('renews tokens that are over, once for however many calls, and keeps the new ones', async () => {
    const tokens = memoryTokens();
    let refreshes = 0;
    const counting: Fetch = (url, init) => {
      if (url.endsWith('/token/refresh')) refreshes += 1;
      return told(url, init);
    };
    const client = clientOf(tokens, counting);
    await travel(client, 'google', stage.providers.google, person());
    const before = await tokens.read();
    if (before === undefined) throw new Error('Nobody is signed in');
    await tokens.write({ ...before, access_expires: new Date().toISOString() });
    const all = await Promise.all(Array.from({ length: 5 }, () => client.call('GET /user/setting')));
    expect(all.map(({ links }) => links.length)).to.deep.equal([1, 1, 1, 1, 1]);
    expect(refreshes).to.equal(1);
    expect((await tokens.read())?.refresh_token).not.to.equal(before.refresh_token);

    const now = await tokens.read();
    await tokens.write({ ...before, ...now, access_token: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA' });
    expect((await client.call('GET /user/setting')).links).to.have.length(1);
  });

  it('forgets tokens whose session has ended, and says so', async () => {
    const tokens = memoryTokens();
    const client = clientOf(tokens);
    await travel(client, 'google', stage.providers.google, person());
    const { refresh_token = '' } = (await tokens.read()) ?? {};
    await clientOf().call('DELETE /session/token', { body: { refresh_token } });
    expect(await failureOf(client.call('GET /user/setting'))).to.include({ code: 40020 });
    expect(await tokens.read()).to.equal(undefined);
  });

  it('signs by cookies in a browser, and knows where one goes', async () => {
    const browser = new BrowserClient(stage.client().base);
    const fetch: Fetch = async (url, { method, headers, body }) => {
      const { status, headers: given, text } = await browser.call(method, url, body, { headers: { ...headers, 'sec-fetch-mode': 'cors' } });
      return { status, headers: given, text: async () => text };
    };
    const client = createClient({ baseUrl: '', fetch });
    expect(client.signInUrl('google', '/here?x=1')).to.equal('/auth/google?returnTo=%2Fhere%3Fx%3D1');
    expect(client.linkUrl('oidc')).to.equal('/auth/oidc/link?returnTo=%2F');
    const who = person();
    await browser.signIn('google', stage.providers.google, who);
    expect((await client.call('GET /auth/me')).user).to.include({ email: who.email, emailVerified: true });
    expect(await client.call('POST /auth/logout')).to.equal(undefined);
    expect(await failureOf(client.call('GET /auth/me'))).to.include({ status: 401 });
  });

  it('calls at the prefixes that the app has', async () => {
    const asked: string[] = [];
    const fetch: Fetch = async (url, { credentials }) => {
      asked.push(`${url} ${credentials}`);
      return { status: 200, headers: new Headers(), text: async () => '{"success":true}' };
    };
    const prefixes = { cloudreve: '/social', biore: '/old', genauth: '/g', browser: '/me' };
    const client = createClient({ baseUrl: 'https://a.test/v2/', prefixes, credentials: 'include', fetch });
    await client.call('GET /user/activate/{id}', { path: { id: 'a/b' }, query: { sign: 'x&y' } });
    await client.call('GET /api/v1/auth/me');
    await client.call('GET /api/v3/get-identities');
    await client.call('GET /auth/me');
    expect(asked).to.deep.equal([
      'https://a.test/v2/social/user/activate/a%2Fb?sign=x%26y include',
      'https://a.test/v2/old/auth/me include',
      'https://a.test/v2/g/get-identities include',
      'https://a.test/v2/me/auth/me include',
    ]);
  });

  it('has types that are those of the description', () => {
    expect(readFileSync(CLIENT_TYPES_FILE, 'utf8'), 'run "npm run client:types"').to.equal(clientTypes());
    const client = clientOf();
    const wrong = () => [
      // @ts-expect-error There is no such call.
      client.call('GET /nothing'),
      // @ts-expect-error A number that names no provider is not a string either.
      client.call('PUT /session/openid', { body: { provider: true } }),
      // @ts-expect-error The path has a parameter.
      client.call('DELETE /session/openid/{provider_id}'),
      // @ts-expect-error BIO.RE knows three.
      client.call('DELETE /api/v1/auth/oauth/unlink/{provider}', { path: { provider: 'logto' } }),
    ];
    expect(wrong).to.be.a('function');
  });

  it('is small, and brings nothing else into a page', async () => {
    const entry = fileURLToPath(new URL('../../lib/client.ts', import.meta.url));
    const { outputFiles, metafile } = await build({
      ...{ entryPoints: [entry], bundle: true, minify: true, write: false, metafile: true },
      ...{ platform: 'browser', format: 'esm', target: 'es2022' },
    });
    expect(Object.keys(metafile.inputs).filter((file) => !/^lib\/client(?:\.ts|\/)/.test(file))).to.deep.equal([]);
    expect(outputFiles[0]?.contents.byteLength).to.be.below(4_000);
  });
});
