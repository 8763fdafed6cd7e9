// Strategies of others in a host: what they read of a request, what they take in authenticate(), and those that can never work.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import express from 'express';
import { type Profile as GoogleProfile, Strategy as GoogleStrategy } from 'passport-google-oauth20';
import { Strategy as OAuth2Strategy } from 'passport-oauth2';
import type { Sequelize } from 'sequelize';
import { parseSettings } from '../../config/parse-settings.js';
import { type HostProviderOptions, latchkey } from '../../lib/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { readRedirect } from '../support/oauth-wire.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { createDatabase } from '../support/services.js';

const SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';
const require = createRequire(import.meta.url);

type Request = Parameters<OAuth2Strategy['authenticate']>[0];
type Done = (error: unknown, user?: object | false) => void;
type Fields = Readonly<Record<string, string>>;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

/** As many a strategy from before Passport 0.6, and as the one for Apple: it asks for a form, and reads the answer nowhere else. */
class FormPostStrategy extends OAuth2Strategy {
  /** What it saw of each request. */
  readonly seen: object[] = [];
  readonly #userInfo: string;
  readonly asksForForm: boolean;

  constructor({ issuer, clientId, clientSecret }: OpenIdProvider, asksForForm: boolean) {
    const endpoints = { authorizationURL: `${issuer}/authorize`, tokenURL: `${issuer}/token` };
    const verify = (_access: string, _refresh: string, profile: object, done: Done) => done(null, profile);
    super({ ...endpoints, clientID: clientId, clientSecret, callbackURL: '/relative/callback', scope: 'openid' }, verify);
    this.#userInfo = `${issuer}/userinfo`;
    this.asksForForm = asksForForm;
    Object.assign(this, { userProfile: this.profileFrom(this.#userInfo) });
  }

  override authenticate(req: Request, options: object): void {
    if (Reflect.get(req, '_passport')?.instance === undefined) throw new Error('passport.initialize() middleware not in use');
    const { method, protocol, secure, hostname, originalUrl, query, body } = req;
    this.seen.push({ method, protocol, secure, hostname, originalUrl, host: req.get('Host'), query, body, options });
    if (method === 'GET' && query.code !== undefined) this.fail({ message: 'only a form is read' }, 400);
    else super.authenticate(req, options);
  }

  override authorizationParams(): object {
    return this.asksForForm ? { response_mode: 'form_post' } : {};
  }

  private profileFrom(url: string) {
    return (accessToken: string, done: Done) => {
      fetch(url, { headers: { authorization: `Bearer ${accessToken}` } })
        .then((answer) => answer.json())
        .then((profile) => done(null, Object(profile)), done);
    };
  }
}

describe('A strategy of others', () => {
  let openId: OpenIdProvider;
  let sequelize: Sequelize;
  let base: string;
  let [asking, asked]: readonly FormPostStrategy[] = [];
  const open: { close(): unknown }[] = [];

  before(async () => {
    openId = await startOpenIdProvider({ alg: 'ES256' });
    const { issuer, clientId, clientSecret } = openId;
    const google = new GoogleStrategy(
      {
        ...{
          clientID: clientId,
          clientSecret,
          callbackURL: 'https://host.example/auth/google/callback',
          scope: ['openid', 'profile', 'email'],
          state: true,
        },
        ...{ authorizationURL: `${issuer}/authorize`, tokenURL: `${issuer}/token`, userProfileURL: `${issuer}/userinfo` },
      },
      (_access, _refresh, profile, done) => done(null, profile),
    );
    // As Google has it for years, and as the package does it only when told.
    Reflect.get(google, '_oauth2').useAuthorizationHeaderforGET(true);
    [asking, asked] = [new FormPostStrategy(openId, true), new FormPostStrategy(openId, false)];
    const profile: HostProviderOptions['profile'] = (user) => {
      const { sub, email, name } = user as Person;
      return { subject: sub, email, name };
    };
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    sequelize = openDatabase((await createDatabase('sqlite')).url);
    const plugin = await latchkey({
      sequelize,
      baseUrl: base,
      secret: SECRET,
      providers: {
        workspace: {
          strategy: google,
          authenticateOptions: { prompt: 'select_account', hd: 'example.com', accessType: 'offline', includeGrantedScopes: true },
          profile: (user) => {
            const { id, displayName, emails } = user as GoogleProfile;
            return { subject: id, name: displayName, email: emails?.[0]?.value, emailVerified: emails?.[0]?.verified };
          },
        },
        asking: { strategy: asking, profile, authenticateOptions: { anything: { of: 'its own' } } },
        asked: { strategy: asked, profile },
      },
    });
    open.push(plugin, sequelize, openId);
    server.on('request', express().use(plugin.router));
    open.push({ close: () => server.close().closeAllConnections() });
  });
  after(async () => {
    for (const one of open) await one.close();
  });

  async function urlOf(by: ApiClient, id: string): Promise<string> {
    const prepared = await by.prepare(id);
    expect(codeOf(prepared), prepared.text).to.equal(0);
    return String(prepared.json?.data);
  }

  it("Google's takes prompt, hosted domain and access type, and signs a person in", async () => {
    const [by, who] = [new ApiClient(base), person()];
    const url = await urlOf(by, 'workspace');
    expect(Object.fromEntries(new URL(url).searchParams)).to.include({
      prompt: 'select_account',
      hd: 'example.com',
      access_type: 'offline',
      include_granted_scopes: 'true',
      redirect_uri: `${base}/callback/openid/workspace`,
    });
    const answer = await by.finish('workspace', await openId.approve(url, who));
    expect(answer.json?.data?.user, answer.text).to.include({ email: who.email, nickname: who.name });
  });

  it('one that asks for a form reads its answer there, in a browser and by JSON', async () => {
    const who = person();
    const browser = new BrowserClient(base);
    const out = await browser.open('/auth/asking');
    const back: Fields = readRedirect(await request(String(out.headers.get('location')), { method: 'GET' }));
    const posted = await browser.call('POST', '/callback/openid/asking', new URLSearchParams(back), {
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(posted.status, posted.text).to.equal(303);
    const arrived = await browser.open(String(posted.headers.get('location')));
    expect([arrived.status, arrived.headers.get('location')], arrived.text).to.deep.equal([302, '/']);
    expect((await browser.me()).status).to.equal(200);

    const by = new ApiClient(base);
    const answer = await by.finish('asking', await openId.approve(await urlOf(by, 'asking'), who));
    expect(answer.json?.data?.user, answer.text).to.include({ email: who.email });
  });

  it('one that gets a form without asking reads it all the same', async () => {
    const browser = new BrowserClient(base);
    const out = await browser.open('/auth/asked');
    const back: Fields = readRedirect(await request(String(out.headers.get('location')), { method: 'GET' }));
    const posted = await browser.call('POST', '/callback/openid/asked', new URLSearchParams(back), {
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    const arrived = await browser.open(String(posted.headers.get('location')));
    expect([arrived.status, arrived.headers.get('location')], arrived.text).to.deep.equal([302, '/']);
  });

  it('it sees our host, protocol and path, its own options, and nothing of the person', async () => {
    if (asking === undefined) throw new TypeError('Not started');
    const by = new ApiClient(base);
    asking.seen.length = 0;
    const { code, state } = await openId.approve(await urlOf(by, 'asking'), person());
    await by.call(
      'POST',
      '/session/openid',
      { code, session_id: state, provider_id: 'asking' },
      { headers: { cookie: 'secret=1', 'x-own': '1' } },
    );
    const { host, hostname } = new URL(base);
    const about = { protocol: 'http', secure: false, hostname, host, originalUrl: '/callback/openid/asking' };
    const options = { anything: { of: 'its own' }, callbackURL: `${base}/callback/openid/asking`, session: false };
    expect(asking.seen).to.deep.equal([
      { ...about, method: 'GET', query: {}, body: {}, options },
      { ...about, method: 'POST', query: {}, body: { code }, options },
    ]);
  });
});

describe('A strategy that can never work', () => {
  const verify = () => undefined;
  type Made = new (...given: readonly unknown[]) => object;
  const { Strategy: OAuth1Strategy }: { Strategy: Made } = require('passport-oauth1');
  const { Strategy: LocalStrategy }: { Strategy: Made } = require('passport-local');
  const oauth1 = {
    ...{ requestTokenURL: 'https://p.example/r', accessTokenURL: 'https://p.example/a', userAuthorizationURL: 'https://p.example/u' },
    ...{ consumerKey: 'k', consumerSecret: 'hush', callbackURL: 'https://app.example' },
  };
  /** As passport-twitter: a class of its own, called Strategy, on that base. */
  class Strategy extends OAuth1Strategy {
    name = 'twitter';
  }
  const authenticate = verify;
  class OpenIDStrategy {
    authenticate = verify;
  }
  /** As passport-steam. */
  class SteamStrategy extends OpenIDStrategy {
    name = 'steam';
  }

  const IMPOSSIBLE: Readonly<Record<string, readonly [object, string]>> = {
    'OAuth 1.0 (passport-oauth1)': [new OAuth1Strategy(oauth1, verify), 'OAuth 1.0'],
    'OAuth 1.0, extended under another name': [new Strategy(oauth1, verify), 'OAuth 1.0'],
    'a user name and a password (passport-local)': [new LocalStrategy(verify), 'signInMethods'],
    'SAML (by the shape of @node-saml/passport-saml)': [{ name: 'company', _saml: {}, authenticate }, 'SAML'],
    'SAML for many (by the shape of its MultiSamlStrategy)': [{ name: 'saml', _saml: undefined, authenticate }, 'SAML'],
    'OpenID 2.0 (by the shape of passport-openid)': [
      { name: 'openid', _relyingParty: {}, _identifierField: 'openid_identifier', authenticate },
      'OpenID 2.0',
    ],
    'OpenID 2.0, extended under another name': [new SteamStrategy(), 'OpenID 2.0'],
    'HTTP Basic (by its name)': [{ name: 'basic', authenticate }, 'credentials'],
    'a JWT of its own (by the shape of passport-jwt)': [{ name: 'staff', _jwtFromRequest: verify, authenticate }, 'credentials'],
  };

  const profile = () => ({ subject: '1' });
  function mistakesIn(providers: unknown): Readonly<Record<string, string>> {
    try {
      parseSettings({ baseUrl: 'https://app.example', secret: SECRET, providers });
      return {};
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      expect(error.message).not.to.include('hush');
      return Object.fromEntries(error.mistakes.map(({ path, expected }) => [path, expected]));
    }
  }

  for (const [title, [strategy, reason]] of Object.entries(IMPOSSIBLE)) {
    it(`is refused at the start with the reason: ${title}`, () => {
      const mistakes = mistakesIn({ own: { strategy, profile }, other: { strategy, profile: 'none' } });
      expect(mistakes).to.have.all.keys('providers.own.strategy', 'providers.other.strategy', 'providers.other.profile');
      expect(mistakes['providers.own.strategy']).to.include('expected a strategy of OAuth 2.0 or OpenID Connect').and.include(reason);
    });
  }

  it('nothing else is: whatever extends passport-oauth2, and whatever nobody knows', () => {
    class OAuthStrategy extends OAuth2Strategy {
      override name = 'local';
    }
    const options = { authorizationURL: 'https://p.example/a', tokenURL: 'https://p.example/t', clientID: 'c', clientSecret: 's' };
    expect(mistakesIn({ own: { strategy: new OAuthStrategy(options, verify), profile } })).to.deep.equal({});
    expect(mistakesIn({ own: { strategy: { authenticate }, profile } })).to.deep.equal({});
  });

  it('options that are ours to say are refused too', () => {
    const strategy = { authenticate };
    for (const authenticateOptions of [
      { callbackURL: 'https://evil.example' },
      { state: 'x' },
      { session: true },
      'prompt',
      ['prompt'],
      null,
    ])
      expect(mistakesIn({ own: { strategy, profile, authenticateOptions } })).to.have.all.keys('providers.own.authenticateOptions');
    expect(mistakesIn({ own: { strategy, profile, authenticateOptions: { prompt: 'login' } } })).to.deep.equal({});
  });
});
