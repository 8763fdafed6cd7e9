// The strategies alone: an app with express-session and Passport, and nothing else of ours.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import { Passport } from 'passport';
import {
  AppleStrategy,
  ConfigurationError,
  type Done,
  type FlowContext,
  GitHubStrategy,
  GitLabStrategy,
  GoogleStrategy,
  LatchkeyError,
  LogtoStrategy,
  OpenIDConnectStrategy,
  type ProviderStrategy,
  QQStrategy,
  type StateStore,
  type StrategyContext,
  type StrategyProfile,
  type TokenParams,
  XStrategy,
} from '../../lib/strategies.js';
import { startAppleEmulator } from '../support/apple-emulator.js';
import { gitHubPerson, startGitHubEmulator } from '../support/github-emulator.js';
import { FORGED_ID_TOKENS, WRONG_CLAIMS } from '../support/hostile-answers.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { startQqEmulator } from '../support/qq-emulator.js';
import { startXEmulator, xPerson } from '../support/x-emulator.js';

interface App {
  readonly origin: string;
  close(): void;
}

/** As far away as a store in a database: requests at once all read a session before the first of them writes it. */
class SlowStore extends session.MemoryStore {
  override get(...given: Parameters<session.MemoryStore['get']>): void {
    super.get(given[0], (...found) => void setTimeout(() => given[1](...found), 20));
  }
}

/** `/auth/NAME` begins, `/auth/NAME/callback` ends with who came as JSON. */
async function startApp(make: (callback: (name: string) => string) => readonly ProviderStrategy[]): Promise<App> {
  const [app, passport] = [express(), new Passport()];
  const server: Server = app.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const strategy of make((name) => `${origin}/auth/${name}/callback`)) passport.use(strategy);
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user: Express.User, done) => done(null, user));
  const store = new SlowStore();
  app.use(session({ store, secret: 'x'.repeat(32), resave: false, saveUninitialized: false }), express.urlencoded({ extended: false }));
  app.use(passport.initialize(), passport.session());
  app.get('/who', (req, res) => void res.json(req.user ?? null));
  app.all('/auth/:name/callback', (req, res, next) => {
    passport.authenticate(String(req.params.name))(req, res, (error?: unknown) => {
      if (error) next(error);
      else res.json({ user: req.user, info: req.authInfo ?? null });
    });
  });
  app.get('/auth/:name', (req, res, next) => {
    const options = { state: { from: req.query.from }, reauthenticate: req.query.fresh === '1' };
    passport.authenticate(String(req.params.name), options as object)(req, res, next);
  });
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    const isOurs = error instanceof LatchkeyError;
    res.status(500).json({ error: isOurs ? error.code : String(error) });
  });
  return {
    origin,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly location: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One browser: it keeps the cookie of its session. */
function browserAt({ origin }: App) {
  let cookie = '';
  return async (path: string, form?: Readonly<Record<string, string>>): Promise<Seen> => {
    const response = await fetch(new URL(path, origin), {
      redirect: 'manual',
      headers: cookie === '' ? {} : { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const text = await response.text();
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    return { status: response.status, text, location: response.headers.get('location') ?? '', body };
  };
}

const callbackOf = (name: string, fields: object) =>
  `/auth/${name}/callback?${new URLSearchParams(Object.entries(fields).map(([key, value]) => [key, String(value)] as [string, string]))}`;

const verify = (_issuer: string, profile: StrategyProfile, done: Done) => done(null, profile);

describe('The strategies alone', () => {
  const running: { close(): unknown }[] = [];
  function keep<T extends { close(): unknown }>(one: T): T {
    running.push(one);
    return one;
  }
  after(() => Promise.all(running.map((one) => one.close())));

  let provider: OpenIdProvider;
  let app: App;
  let verified = 0;
  before(async () => {
    provider = keep(await startOpenIdProvider());
    const { issuer, clientId: clientID, clientSecret } = provider;
    const counted = (iss: string, profile: StrategyProfile, done: Done) => {
      verified += 1;
      verify(iss, profile, done);
    };
    app = keep(
      await startApp((callback) => [
        new OpenIDConnectStrategy({ issuer, clientID, clientSecret, callbackURL: callback('openidconnect') }, counted),
        new GoogleStrategy({ issuer, clientID, clientSecret, callbackURL: callback('google') }, counted),
      ]),
    );
  });
  afterEach(() => {
    for (const name of Object.keys(provider.bend)) Reflect.deleteProperty(provider.bend, name);
  });

  it('sign a person in at an OpenID provider, and give the app its own state back', async () => {
    const [visit, who] = [browserAt(app), person()];
    const { location } = await visit('/auth/openidconnect?from=basket');
    const asked = new URL(location).searchParams;
    expect(asked.get('code_challenge_method')).to.equal('S256');
    expect(asked.get('nonce')).to.have.length.above(20);
    expect(location).not.to.contain('basket');
    const { status, body } = await visit(callbackOf('openidconnect', await provider.approve(location, who)));
    expect(status).to.equal(200);
    expect(body).to.have.nested.property('user.id', who.sub);
    expect(body).to.have.nested.property('user.identity.namespace', provider.issuer);
    expect(body).to.have.deep.nested.property('user.emails', [{ value: who.email, verified: true }]);
    expect(body).to.have.nested.property('info.state.from', 'basket');
    expect((await visit('/who')).body).to.have.property('id', who.sub);
  });

  const NOBODY: Readonly<Record<string, (answer: object) => object>> = {
    'a state that nobody made': (answer) => ({ ...answer, state: 'x'.repeat(32) }),
    'no state': ({ ...answer }) => ({ ...answer, state: '' }),
    'a member of every object for a state': (answer) => ({ ...answer, state: '__proto__' }),
  };
  for (const [title, change] of Object.entries(NOBODY))
    it(`refuse ${title}, reach no provider, and leave the flow as it was`, async () => {
      const visit = browserAt(app);
      const answer = await provider.approve((await visit('/auth/openidconnect')).location);
      const before = provider.count('/token');
      expect((await visit(callbackOf('openidconnect', change(answer)))).status).to.equal(403);
      expect(provider.count('/token')).to.equal(before);
      expect((await visit(callbackOf('openidconnect', answer))).status).to.equal(200);
    });

  it("refuse an answer in another person's browser", async () => {
    const [mine, theirs] = [browserAt(app), browserAt(app)];
    const answer = await provider.approve((await mine('/auth/openidconnect')).location);
    await theirs('/auth/openidconnect');
    expect((await theirs(callbackOf('openidconnect', answer))).status).to.equal(403);
  });

  it('refuse a state made for another strategy of the same host', async () => {
    const visit = browserAt(app);
    const answer = await provider.approve((await visit('/auth/openidconnect')).location);
    expect((await visit(callbackOf('google', answer))).status).to.equal(403);
  });

  it('refuse a state made for another issuer, though name, client and callback are the same', async () => {
    const { issuer, clientId: clientID, clientSecret } = provider;
    const other = keep(await startOpenIdProvider());
    const passport = new Passport();
    const options = { clientID, clientSecret, callbackURL: 'https://app.example/callback' };
    passport.use('one', new OpenIDConnectStrategy({ ...options, issuer }, verify));
    passport.use('two', new OpenIDConnectStrategy({ ...options, issuer: other.issuer }, verify));
    const kept = {};
    const ask = (name: string, query: object) =>
      new Promise<string>((told, failed) => {
        const done = (error: unknown, user: unknown, _info: unknown, status: unknown) =>
          error ? failed(error) : told(user ? 'signed in' : `refused ${status}`);
        const setHeader = (header: string, value: string) => (header === 'Location' ? told(value) : undefined);
        const request = { method: 'GET', query, headers: {}, session: kept };
        passport.authenticate(name, { session: false }, done)(request, { setHeader, end: () => undefined }, failed);
      });
    const answer = await provider.approve(await ask('one', {}));
    expect(await ask('two', answer)).to.equal('refused 403');
    expect(await ask('one', answer)).to.equal('signed in');
  });

  it('take a flow once, also of many callbacks at once', async () => {
    const visit = browserAt(app);
    const answer = await provider.approve((await visit('/auth/openidconnect')).location);
    const before = provider.count('/token');
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => visit(callbackOf('openidconnect', answer))))).map(
      (one) => one.status,
    );
    expect(statuses.sort()).to.deep.equal([200, ...Array(7).fill(403)]);
    expect(provider.count('/token')).to.equal(before + 1);
    expect((await visit(callbackOf('openidconnect', answer))).status).to.equal(403);
  });

  for (const [title, bend] of Object.entries({ ...FORGED_ID_TOKENS, ...WRONG_CLAIMS }))
    it(`believe nobody: ${title}`, async () => {
      const [visit, before] = [browserAt(app), verified];
      const answer = await provider.approve((await visit('/auth/openidconnect')).location);
      Object.assign(provider.bend, (bend as (provider: OpenIdProvider) => object)(provider));
      const { status, body } = await visit(callbackOf('openidconnect', answer));
      expect({ status, body }).to.deep.equal({ status: 500, body: { error: 'provider_failed' } });
      expect(verified).to.equal(before);
    });

  it('hear a refusal only with a state that is theirs', async () => {
    const visit = browserAt(app);
    const refusal = await provider.refuse((await visit('/auth/openidconnect')).location);
    expect((await visit(callbackOf('openidconnect', { ...refusal, state: 'other' }))).status).to.equal(403);
    expect((await visit(callbackOf('openidconnect', refusal))).status).to.equal(403);
    const { location } = await visit('/auth/openidconnect');
    const state = new URL(location).searchParams.get('state');
    const failed = await visit(callbackOf('openidconnect', { error: 'server_error', state, iss: provider.issuer }));
    expect(failed.body).to.deep.equal({ error: 'provider_failed' });
  });

  it("refuse an answer of another issuer's", async () => {
    const visit = browserAt(app);
    const answer = await provider.approve((await visit('/auth/openidconnect')).location);
    const { body } = await visit(callbackOf('openidconnect', { ...answer, iss: 'https://evil.example' }));
    expect(body).to.deep.equal({ error: 'provider_failed' });
  });

  it('have a person prove who they are where the app asks for it', async () => {
    const visit = browserAt(app);
    const now = Math.floor(Date.now() / 1000);
    const come = async (auth_time: number | undefined) => {
      const { location } = await visit('/auth/openidconnect?fresh=1');
      expect(new URL(location).searchParams.get('prompt')).to.equal('login');
      provider.bend.idTokenClaims = (honest) => ({ ...honest, ...(auth_time === undefined ? {} : { auth_time }) });
      return await visit(callbackOf('openidconnect', await provider.approve(location)));
    };
    expect((await come(now - 3600)).body).to.deep.equal({ error: 'reauthentication_required' });
    expect((await come(now)).status).to.equal(200);
  });

  it('tell verify as much as it has parameters for, with the request first where that is asked', async () => {
    const told: unknown[][] = [];
    type Profile = StrategyProfile;
    type Context = StrategyContext;
    function withRequest(req: Request, iss: string, profile: Profile, context: Context, idToken: string, done: Done): void {
      told.push([req.path, iss, profile.id, context, idToken.split('.').length]);
      done(null, profile);
    }
    function withTokens(
      _iss: string,
      profile: Profile,
      _context: Context,
      _idToken: string,
      access: string,
      _refresh: string | undefined,
      params: TokenParams,
      done: Done,
    ): void {
      told.push([access === params.access_token, params.token_type]);
      done(null, false, { message: `no ${profile.id}` });
    }
    const { issuer, clientId: clientID, clientSecret } = provider;
    const options = { issuer, clientID, clientSecret };
    const own = keep(
      await startApp((callback) => {
        const callbackURL = callback('openidconnect');
        return [
          new OpenIDConnectStrategy({ ...options, callbackURL, passReqToCallback: true }, withRequest),
          new GoogleStrategy({ ...options, callbackURL: callback('google') }, withTokens),
        ];
      }),
    );
    const [visit, who] = [browserAt(own), person()];
    await visit(callbackOf('openidconnect', await provider.approve((await visit('/auth/openidconnect')).location, who)));
    expect(told[0]?.slice(0, 3)).to.deep.equal(['/auth/openidconnect/callback', issuer, who.sub]);
    expect(told[0]?.[4]).to.equal(3);
    const refused = await visit(callbackOf('google', await provider.approve((await visit('/auth/google')).location)));
    expect(refused.status).to.equal(401);
    expect(told[1]?.[0]).to.equal(true);
  });

  it('hand what verify throws, at once or later, to the error handler', async () => {
    const { issuer, clientId: clientID, clientSecret } = provider;
    for (const broken of [
      (_iss: string, _profile: StrategyProfile, _done: Done) => {
        throw new Error('no table');
      },
      async (_iss: string, _profile: StrategyProfile, _done: Done) => await Promise.reject(new Error('no table')),
    ]) {
      const own = keep(
        await startApp((callback) => [
          new OpenIDConnectStrategy({ issuer, clientID, clientSecret, callbackURL: callback('openidconnect') }, broken),
        ]),
      );
      const visit = browserAt(own);
      const { body } = await visit(callbackOf('openidconnect', await provider.approve((await visit('/auth/openidconnect')).location)));
      expect(body).to.deep.equal({ error: 'Error: no table' });
    }
  });

  it("keep flows in a store of the app's own", async () => {
    const kept = new Map<string, { readonly context: FlowContext; readonly state: unknown }>();
    const store: StateStore = {
      store(_req, context, state, _meta, done) {
        const handle = `handle-${kept.size}`;
        kept.set(handle, { context, state });
        done(null, handle);
      },
      verify(_req, handle, _meta, done) {
        const found = kept.get(handle);
        kept.delete(handle);
        done(null, found?.context ?? false, found?.state);
      },
    };
    const { issuer, clientId: clientID, clientSecret } = provider;
    const own = keep(
      await startApp((callback) => [
        new OpenIDConnectStrategy({ issuer, clientID, clientSecret, callbackURL: callback('openidconnect'), store }, verify),
      ]),
    );
    const visit = browserAt(own);
    const { location } = await visit('/auth/openidconnect?from=here');
    expect(new URL(location).searchParams.get('state')).to.equal('handle-0');
    const answer = await provider.approve(location);
    expect((await visit(callbackOf('openidconnect', answer))).body).to.have.nested.property('info.state.from', 'here');
    expect((await visit(callbackOf('openidconnect', answer))).status).to.equal(403);
  });

  it('sign in at X, QQ, Apple and Logto', async () => {
    const [x, qq, apple] = [keep(await startXEmulator()), keep(await startQqEmulator()), keep(await startAppleEmulator())];
    const logto = keep(await startOpenIdProvider({ pathPrefix: '/oidc' }));
    const { issuer, clientId, teamId: teamID, keyId: keyID, privateKey } = apple.options;
    const byToken = (_access: string, _refresh: string | undefined, profile: StrategyProfile, done: Done) => done(null, profile);
    const own = keep(
      await startApp((callback) => [
        new XStrategy({ clientID: x.clientId, clientSecret: x.clientSecret, endpoints: x.endpoints, callbackURL: callback('x') }, byToken),
        new QQStrategy(
          { clientID: qq.clientId, clientSecret: qq.clientSecret, endpoints: qq.endpoints, callbackURL: callback('qq') },
          byToken,
        ),
        new AppleStrategy({ issuer, clientID: clientId, teamID, keyID, privateKey, callbackURL: callback('apple') }, verify),
        new LogtoStrategy(
          { endpoint: logto.origin, clientID: logto.clientId, clientSecret: logto.clientSecret, callbackURL: callback('logto') },
          verify,
        ),
      ]),
    );
    const visit = browserAt(own);
    const who = xPerson();
    const atX = await visit(callbackOf('x', await x.approve((await visit('/auth/x')).location, who)));
    expect(atX.body).to.have.nested.property('user.id', who.sub);
    const atQq = await visit(callbackOf('qq', await qq.approve((await visit('/auth/qq')).location)));
    expect(atQq.body).to.have.nested.property('user.provider', 'qq');
    const { code, state, user } = await apple.approve((await visit('/auth/apple')).location, { ...person(), given_name: 'Ann' });
    const atApple = await visit('/auth/apple/callback', { code, state, ...(user === undefined ? {} : { user }) });
    expect(atApple.body).to.have.nested.property('user.displayName', 'Ann');
    const atLogto = await visit(callbackOf('logto', await logto.approve((await visit('/auth/logto')).location)));
    expect(atLogto.body).to.have.nested.property('user.identity.namespace', logto.issuer);
  });

  it('sign in at GitLab and GitHub', async () => {
    const [gitlab, github] = [keep(await startOpenIdProvider({ alg: 'ES256' })), keep(await startGitHubEmulator())];
    const byToken = (accessToken: string, _refresh: string | undefined, profile: StrategyProfile, done: Done) =>
      done(null, { ...profile, isAlive: github.isAlive(accessToken) });
    const own = keep(
      await startApp((callback) => [
        new GitLabStrategy(
          { issuer: gitlab.issuer, clientID: gitlab.clientId, clientSecret: gitlab.clientSecret, callbackURL: callback('gitlab') },
          verify,
        ),
        new GitHubStrategy(
          { baseUrl: github.baseUrl, clientID: github.clientId, clientSecret: github.clientSecret, callbackURL: callback('github') },
          byToken,
        ),
      ]),
    );
    const [visit, who] = [browserAt(own), gitHubPerson()];
    const atGitLab = await visit(callbackOf('gitlab', await gitlab.approve((await visit('/auth/gitlab')).location)));
    expect(atGitLab.body).to.have.nested.property('user.identity.namespace', gitlab.issuer);
    const atGitHub = await visit(callbackOf('github', await github.approve((await visit('/auth/github')).location, who)));
    expect(atGitHub.body.user).to.include({ provider: 'github', id: who.sub, displayName: who.name, isAlive: true });
    expect(atGitHub.body).to.have.deep.nested.property('user.emails', [{ value: who.email, verified: true }]);
    const foreign = await github.approve((await visit('/auth/github')).location);
    const refused = await visit(callbackOf('github', { ...foreign, iss: 'https://github.com/login/oauth' }));
    expect(refused.body).to.deep.equal({ error: 'provider_failed' });
  });

  it('name every mistake in the options at once, under the names of the options', () => {
    const options = { clientId: 'x', clientSecret: '', callbackURL: '/relative', hd: 'no domain', store: {}, passReqToCallback: 'yes' };
    let thrown: unknown;
    try {
      Reflect.construct(GoogleStrategy, [options, (_one: string) => undefined]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.instanceOf(ConfigurationError);
    const paths = thrown instanceof ConfigurationError ? thrown.mistakes.map(({ path }) => path) : [];
    const expected = ['clientId', 'clientID', 'clientSecret', 'hd', 'callbackURL', 'store', 'passReqToCallback', 'verify'];
    expect(paths).to.have.members(expected);
    expect(String(thrown)).to.contain('clientId: unknown option, did you mean "clientID"?');
    expect(String(thrown)).not.to.contain('no domain');
  });

  it('say what is missing where the app has no session', async () => {
    const { issuer, clientId: clientID, clientSecret } = provider;
    const strategy = new OpenIDConnectStrategy({ issuer, clientID, clientSecret, callbackURL: 'https://app.example/callback' }, verify);
    const passport = new Passport().use(strategy);
    const error = await new Promise((next) => {
      passport.authenticate('openidconnect', { session: false })({ method: 'GET', query: {}, headers: {} }, {}, next);
    });
    expect(String(error)).to.contain('mount express-session');
  });
});
