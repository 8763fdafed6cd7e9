// What Google and Logto do in their own way, through the standalone server.

import { expect } from 'chai';
import { parseSettings } from '../../config/parse-settings.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { openStage, type Stage } from '../support/stage.js';

const FAILED = 50007;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

/** The parameters of the authorization request. */
async function asked(by: ApiClient, provider: string, extra: object = {}): Promise<URLSearchParams> {
  const answer = await by.prepare(provider, extra);
  expect(codeOf(answer), answer.text).to.equal(0);
  return new URL(String(answer.json?.data)).searchParams;
}

describe('Sign in with', () => {
  let stage: Stage;
  let logto: OpenIdProvider;
  /** Google is asked for offline access, Logto for nothing special. */
  let offline: Server;
  /** The tokens of providers are kept. */
  let keeping: Server;
  /** Google's people of one organization only. */
  let hosted: Server;

  before(async function () {
    this.timeout(60_000); // Several processes start.
    logto = await startOpenIdProvider({ pathPrefix: '/oidc', alg: 'ES384' });
    const { clientId, clientSecret } = logto;
    const tenant = { logto: { endpoint: `${logto.origin}/`, clientId, clientSecret } };
    stage = await openStage({ database: 'sqlite', config: { providers: tenant } });
    [offline, keeping, hosted] = await Promise.all([
      stage.start({ providers: { google: { scope: 'openid email offline_access' }, logto: { scope: ['email'] } } }),
      stage.start({ storeProviderTokens: true }),
      stage.start({ linkByVerifiedEmail: ['google'], providers: { google: { hd: 'Example.COM' } } }),
    ]);
  });
  after(() => Promise.all([stage.close(), logto.close()]));

  describe('Google', () => {
    it('asks for no more than is needed, and passes no hint on', async () => {
      const params = await asked(stage.client(), 'google', { hint: 'a@example.test' });
      expect(params.get('scope')).to.equal('openid profile email');
      for (const name of ['access_type', 'prompt', 'login_hint', 'hd', 'response_mode']) expect(params.has(name), name).to.equal(false);
    });

    it('asks for offline access by a parameter, and never by a scope that it does not know', async () => {
      const params = await asked(new ApiClient(offline.base), 'google');
      expect([params.get('scope'), params.get('access_type'), params.get('prompt')]).to.deep.equal(['openid email', 'offline', 'consent']);
    });

    it('asks for offline access where tokens are kept', async () => {
      const params = await asked(new ApiClient(keeping.base), 'google');
      expect([params.get('scope'), params.get('access_type'), params.get('prompt')]).to.deep.equal([
        'openid profile email',
        'offline',
        'consent',
      ]);
      await new ApiClient(keeping.base).signIn('google', stage.providers.google, person());
    });

    it('has one issuer: its old name is believed neither in the ID token nor in the redirect', async () => {
      const { google } = stage.providers;
      const by = stage.client();
      google.bend.idTokenClaims = (honest) => ({ ...honest, iss: 'accounts.google.com' });
      try {
        expect(codeOf(await by.finish('google', await by.visit('google', google, person())))).to.equal(FAILED);
      } finally {
        Reflect.deleteProperty(google.bend, 'idTokenClaims');
      }
      expect(codeOf(await by.finish('google', await by.visit('google', google, person()), { iss: 'accounts.google.com' }))).to.equal(
        FAILED,
      );
      await by.signIn('google', google, person());
    });

    it('signs out here alone', async () => {
      const by = await stage.client().signIn('google', stage.providers.google, person());
      const answer = await by.call('DELETE', '/session/token', { refresh_token: by.refreshToken });
      expect(answer.json).to.deep.equal({ code: 0, msg: '' });
    });
  });

  describe('Google, for the people of one domain', () => {
    const colleague = (hd: unknown = 'example.com') => ({ ...person(), hd });

    const finished = async (by: ApiClient, who: Person, extra: object = {}): Promise<unknown> =>
      codeOf(await by.finish('google', await by.visit('google', stage.providers.google, who, extra)));

    it('asks for an account of that domain, in lower case, beside everything else', async () => {
      const params = await asked(new ApiClient(hosted.base), 'google');
      expect([params.getAll('hd'), params.get('scope'), params.has('access_type')]).to.deep.equal([
        ['example.com'],
        'openid profile email',
        false,
      ]);
    });

    it('signs its people in, and links them', async () => {
      await new ApiClient(hosted.base).signIn('google', stage.providers.google, colleague());
      const user = await new ApiClient(hosted.base).signIn('oidc', stage.providers.oidc, person());
      await user.link('google', stage.providers.google, colleague());
      expect(await user.linked()).to.have.members([2, 'google']);
    });

    for (const [title, claim] of [
      ['of another domain', 'example.org'],
      ['of a domain below it', 'sub.example.com'],
      ['of a domain that ends like it', 'notexample.com'],
      ['of a domain that is no text', ['example.com']],
      ['of an empty domain', ''],
      ['of no domain', undefined],
    ] as const) {
      it(`lets nobody ${title} in, whatever their address, and makes no user of them`, async () => {
        const who: Person & { readonly email: string } = { ...colleague(claim), email: `${person().sub}@example.com` };
        if (claim === undefined) Reflect.deleteProperty(who, 'hd');
        expect(await finished(new ApiClient(hosted.base), who)).to.equal(FAILED);
        expect(await stage.query('SELECT id FROM social_links WHERE subject = :sub', { sub: who.sub })).to.deep.equal([]);
        expect(await stage.query('SELECT id FROM users WHERE email = :email', { email: who.email })).to.deep.equal([]);
      });
    }

    it('believes the ID token where userinfo says otherwise', async () => {
      const { google } = stage.providers;
      google.bend.idTokenClaims = (honest) => ({ ...honest, hd: 'example.org' });
      try {
        expect(await finished(new ApiClient(hosted.base), colleague())).to.equal(FAILED);
      } finally {
        Reflect.deleteProperty(google.bend, 'idTokenClaims');
      }
    });

    it('links nobody else either, and lets nobody in whose link is older than the setting', async () => {
      const user = await new ApiClient(hosted.base).signIn('oidc', stage.providers.oidc, person());
      expect(await finished(user, person(), { linking: true })).to.equal(FAILED);
      expect(await user.linked()).to.deep.equal([2]);
      const known = person();
      await stage.client().signIn('google', stage.providers.google, known);
      expect(await finished(new ApiClient(hosted.base), known)).to.equal(FAILED);
    });

    it('asks nothing of the domain where none is set', async () => {
      await stage.client().signIn('google', stage.providers.google, colleague('example.org'));
    });

    it('takes a domain name and nothing else, and of no other provider', () => {
      const client = { clientId: 'client', clientSecret: 'secret' };
      const mistakes = (providers: unknown): readonly string[] => {
        try {
          parseSettings({ baseUrl: 'https://app.example', secret: 'only-for-tests-only-for-tests-only', providers });
          return [];
        } catch (error) {
          if (error instanceof ConfigurationError) return error.mistakes.map(({ path }) => path);
          throw error;
        }
      };
      for (const hd of ['example.com', 'Mail.Example.co.uk', 'xn--bcher-kva.example'])
        expect(mistakes({ google: { ...client, hd } }), hd).to.deep.equal([]);
      const wrong = [
        '',
        '*',
        'example',
        '.example.com',
        'example.com.',
        '-a.example',
        'a_b.example',
        'https://example.com',
        'a@example.com',
      ];
      for (const hd of [...wrong, 'example.com\n', 'bücher.example', `${'a'.repeat(64)}.example`, `${'a.'.repeat(126)}com`, 7, null])
        expect(mistakes({ google: { ...client, hd } }), String(hd)).to.deep.equal(['providers.google.hd']);
      const issuer = 'https://issuer.example';
      const others = { logto: { ...client, endpoint: issuer }, oidc: { ...client, issuer }, x: client, qq: client };
      for (const [id, options] of Object.entries(others))
        expect(mistakes({ [id]: { ...options, hd: 'example.com' } })).to.deep.equal([`providers.${id}.hd`]);
    });
  });

  describe('Logto', () => {
    it('asks for consent and a refresh token, and tells it the address that is expected', async () => {
      const params = await asked(stage.client(), 'logto', { hint: 'a+b@example.test' });
      expect(params.get('scope')).to.equal('openid offline_access profile email');
      expect(params.get('prompt')).to.equal('consent');
      expect(params.get('login_hint')).to.equal('a+b@example.test');
      expect(params.get('redirect_uri')).to.equal(`${stage.client().base}/callback/openid/0`);
      expect((await asked(stage.client(), 'logto')).has('login_hint')).to.equal(false);
      expect((await asked(new ApiClient(offline.base), 'logto')).get('scope')).to.equal('openid email');
    });

    it('tells it the address for linking too', async () => {
      const by = await stage.client().signIn('oidc', stage.providers.oidc, person());
      expect((await asked(by, 'logto', { linking: true, hint: 'a@example.test' })).get('login_hint')).to.equal('a@example.test');
    });

    it('signs a person in by a tenant whose key is ES384, and links them', async () => {
      const who = person();
      const by = await stage.client().signIn('logto', logto, who);
      expect(by.user).to.include({ email: who.email, nickname: who.name });
      const other = await stage.client().signIn('oidc', stage.providers.oidc, person());
      await other.link('logto', logto, person());
      expect(await other.linked()).to.have.members([2, 0]);
    });

    it('ends with the address where its own session is signed out, which leads back here', async () => {
      const by = await stage.client().signIn('logto', logto, person());
      const answer = await by.call('DELETE', '/session/token', { refresh_token: by.refreshToken });
      expect(codeOf(answer)).to.equal(0);
      const url = new URL(String(answer.json?.data));
      expect(url.origin + url.pathname).to.equal(`${logto.issuer}/session/end`);
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({ client_id: logto.clientId, post_logout_redirect_uri: by.base });
      const there = await fetch(url, { redirect: 'manual' });
      expect([there.status, there.headers.get('location')]).to.deep.equal([302, `${by.base}/`]);
      expect(codeOf(await by.refresh())).to.equal(40020);
    });

    it('ends with no address for a session that another provider opened', async () => {
      const who = person();
      const by = await stage.client().signIn('oidc', stage.providers.oidc, who);
      await by.link('logto', logto, person());
      expect((await by.call('DELETE', '/session/token', { refresh_token: by.refreshToken })).json).to.deep.equal({ code: 0, msg: '' });
    });
  });
});
