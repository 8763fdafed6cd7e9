// Signing in at an OpenID provider, through the gate: what an honest provider gets, and what no other can get past.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Strategy } from 'passport-openidconnect';
import type { Config } from '../../config/config.js';
import { LatchkeyError } from '../../lib/accounts/errors.js';
import type { Flow } from '../../lib/accounts/flow.js';
import type { PreparedFlow } from '../../lib/accounts/flows.js';
import type { AuthorizationAnswer, ProviderClients } from '../../lib/accounts/provider-clients.js';
import type { VerifiedIdentity } from '../../lib/accounts/types.js';
import { createProviderClients } from '../../lib/passport/provider-clients.js';
import type { OpenIdConfig, ProviderConfig } from '../../lib/providers/provider-config.js';
import { answerWith, failureOf, straighten } from '../support/gate.js';
import { BROKEN_BODIES, BROKEN_DISCOVERIES, FORGED_ID_TOKENS, WRONG_CLAIMS } from '../support/hostile-answers.js';
import { type Bend, type OpenIdProvider, type OpenIdProviderOptions, startOpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';

const BASE_URL = 'http://127.0.0.1:3000';
const redirectUri = (id: string) => `${BASE_URL}/callback/openid/${id}`;
const limit = { limit: 1, windowMs: 1 };

function configOf(...providers: readonly ProviderConfig[]): Config {
  return {
    baseUrl: BASE_URL,
    secret: 'x'.repeat(32),
    appName: 'Test',
    signUp: true,
    admission: { domains: undefined, invites: false },
    webhooks: [],
    passwordSignIn: true,
    verifyEmail: undefined,
    recoveryCounts: false,
    linkByVerifiedEmail: [],
    auditRetentionMs: undefined,
    reauthenticateWithinMs: undefined,
    allowedOrigins: [],
    sessions: { idleTtlMs: 0, absoluteTtlMs: 0 },
    tokens: { accessTtlMs: 1, refreshTtlMs: 1 },
    rateLimits: { unlink: limit, refresh: limit, password: limit, prepare: limit, finish: limit, mail: limit },
    bioreLimits: {} as Config['bioreLimits'],
    storeProviderTokens: false,
    debug: false,
    metrics: undefined,
    openApi: undefined,
    providers: new Map(providers.map((provider) => [provider.id, provider])),
  };
}

function configFor(provider: OpenIdProvider, change: Partial<OpenIdConfig> = {}): OpenIdConfig {
  const { issuer, clientId, clientSecret } = provider;
  const common = { id: 'oidc', type: 'oidc', enabled: true, displayName: '', icon: '', scope: undefined, extIdpId: '' } as const;
  return { ...common, issuer, clientId, clientSecret, ...change };
}

const gateFor = (...providers: readonly ProviderConfig[]) => createProviderClients({ config: configOf(...providers), redirectUri });

interface TestFlow extends PreparedFlow {
  readonly saved: readonly string[];
}

function prepareFlow(provider = 'oidc', save: () => Promise<void> = async () => undefined): TestFlow {
  const flow: Flow = {
    id: randomUUID(),
    provider,
    at: Date.now(),
    intent: { kind: 'sign-in' },
    nonce: randomBytes(24).toString('base64url'),
    codeVerifier: randomBytes(32).toString('base64url'),
    entry: 'json',
  };
  const saved: string[] = [];
  return {
    flow,
    saved,
    async save() {
      await save();
      saved.push(flow.id);
    },
  };
}

async function signIn(gate: ProviderClients, provider: OpenIdProvider, who: Person = person(), id = 'oidc'): Promise<VerifiedIdentity> {
  const prepared = prepareFlow(id);
  const { code, iss } = await provider.approve(await gate.authorizationUrl(prepared, undefined), who);
  return gate.identify(prepared.flow, answerWith({ code, iss }));
}

describe('Signing in at an OpenID provider', () => {
  const running: { close(): Promise<void> }[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  async function start(options?: OpenIdProviderOptions): Promise<OpenIdProvider> {
    const provider = await startOpenIdProvider(options);
    running.push(provider);
    return provider;
  }

  before(() => process.on('unhandledRejection', note));
  after(async () => {
    process.off('unhandledRejection', note);
    await Promise.all(running.map((one) => one.close()));
  });
  afterEach(() => expect(unhandled.splice(0)).to.deep.equal([]));

  describe('at an honest one', () => {
    for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const) {
      it(`a person signs in with a token signed by ${alg}`, async () => {
        const provider = await start({ alg });
        const who = person();
        const { tokens, ...identity } = await signIn(gateFor(configFor(provider)), provider, who);
        expect(tokens?.accessToken).to.be.a('string');
        expect(identity).to.deep.equal({
          provider: 'oidc',
          namespace: provider.issuer,
          subject: who.sub,
          profile: { email: who.email, emailVerified: true, name: who.name },
        });
        expect(provider.count('/token')).to.equal(1);
      });
    }

    it('an issuer below a path works, and one without userinfo, and one that is told secrets in the body', async () => {
      const provider = await start({ pathPrefix: '/oidc' });
      provider.bend.discovery = (honest) => ({
        ...honest,
        userinfo_endpoint: undefined,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      });
      const who = person();
      expect((await signIn(gateFor(configFor(provider)), provider, who)).subject).to.equal(who.sub);
      const [token] = provider.requests.filter(({ path }) => path === '/token');
      expect(token?.form.client_secret).to.equal(provider.clientSecret);
      expect(token?.headers).not.to.have.property('authorization');
    });

    it('id and secret are form-encoded in Basic, also where the provider announces nothing', async () => {
      const provider = await start({ clientId: 'a-b.c:d', clientSecret: 'p%q+r s/ü' });
      provider.bend.discovery = (honest) => ({ ...honest, token_endpoint_auth_methods_supported: undefined });
      await signIn(gateFor(configFor(provider)), provider);
      const authorization = provider.requests.find(({ path }) => path === '/token')?.headers.authorization ?? '';
      expect(Buffer.from(authorization.slice(6), 'base64').toString()).to.equal('a-b.c%3Ad:p%25q%2Br+s%2F%C3%BC');
    });

    it('the authorization URL says what OpenID Connect and PKCE ask for, and nothing is kept before it is built', async () => {
      const provider = await start();
      const prepared = prepareFlow();
      const text = await gateFor(configFor(provider)).authorizationUrl(prepared, 'someone@example.test');
      const url = new URL(text);
      expect(url.origin + url.pathname).to.equal(`${provider.issuer}/authorize`);
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({
        response_type: 'code',
        client_id: provider.clientId,
        redirect_uri: redirectUri('oidc'),
        scope: 'openid profile email',
        state: prepared.flow.id,
        nonce: prepared.flow.nonce,
        code_challenge: createHash('sha256').update(prepared.flow.codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      expect(text)
        .to.match(/^[\w\-.~%&=?:/]+$/)
        .and.not.include(prepared.flow.codeVerifier);
      expect(text).to.include(`redirect_uri=${encodeURIComponent(redirectUri('oidc'))}`);
      expect(prepared.saved).to.deep.equal([prepared.flow.id]);
    });

    it('Logto is asked for consent and told the hint, with its own default scope', async () => {
      const provider = await start();
      const gate = gateFor(configFor(provider, { id: 'logto', type: 'logto' }));
      const { searchParams } = new URL(await gate.authorizationUrl(prepareFlow('logto'), 'a+b@example.test'));
      expect(searchParams.get('prompt')).to.equal('consent');
      expect(searchParams.get('login_hint')).to.equal('a+b@example.test');
      expect(searchParams.get('scope')).to.equal('openid offline_access profile email');
      expect(new URL(await gate.authorizationUrl(prepareFlow('logto'), undefined)).searchParams.has('login_hint')).to.equal(false);
    });

    it('Google gets no hint, and offline access only where it is configured', async () => {
      const provider = await start();
      const plain = gateFor(configFor(provider, { id: 'google', type: 'google' }));
      const offline = gateFor(configFor(provider, { id: 'google', type: 'google', scope: ['openid', 'email', 'offline_access'] }));
      const without = new URL(await plain.authorizationUrl(prepareFlow('google'), 'a@example.test')).searchParams;
      expect([...without.keys()])
        .not.to.include.members(['login_hint'])
        .and.not.include.members(['access_type']);
      const asked = new URL(await offline.authorizationUrl(prepareFlow('google'), undefined)).searchParams;
      expect(asked.get('access_type')).to.equal('offline');
      // Google has no such scope, and refuses what it does not know.
      expect(asked.get('scope')).to.equal('openid email');
    });

    it('an authorization endpoint with a query keeps it, but cannot choose our parameters', async () => {
      const provider = await start();
      provider.bend.discovery = (honest) => ({
        ...honest,
        authorization_endpoint: `${provider.issuer}/authorize?tenant=a%20b&state=evil&client_id=evil&redirect_uri=evil&nonce=evil`,
      });
      const prepared = prepareFlow();
      const { searchParams } = new URL(await gateFor(configFor(provider)).authorizationUrl(prepared, undefined));
      expect(searchParams.get('tenant')).to.equal('a b');
      expect(searchParams.getAll('state')).to.deep.equal([prepared.flow.id]);
      expect(searchParams.getAll('client_id')).to.deep.equal([provider.clientId]);
      expect(searchParams.getAll('redirect_uri')).to.deep.equal([redirectUri('oidc')]);
      expect(searchParams.getAll('nonce')).to.deep.equal([prepared.flow.nonce]);
    });

    it('many people at once each get their own identity, with one discovery and one key set', async () => {
      const provider = await start({ alg: 'ES256' });
      const gate = gateFor(configFor(provider));
      const people = Array.from({ length: 30 }, () => person());
      const identities = await Promise.all(people.map((who) => signIn(gate, provider, who)));
      expect(identities.map(({ subject }) => subject)).to.deep.equal(people.map(({ sub }) => sub));
      expect(provider.count('/.well-known/openid-configuration')).to.equal(1);
      expect(provider.count('/jwks')).to.equal(1);
    });

    it('a flow that cannot be kept is no fault of the provider', async () => {
      const provider = await start();
      const prepared = prepareFlow('oidc', () => Promise.reject(new LatchkeyError('unavailable')));
      expect((await failureOf(gateFor(configFor(provider)).authorizationUrl(prepared, undefined))).code).to.equal('unavailable');
    });
  });

  describe('on the way back', () => {
    let provider: OpenIdProvider;
    let gate: ProviderClients;
    before(async () => {
      provider = await start({ alg: 'ES256' });
      gate = gateFor(configFor(provider));
    });
    afterEach(() => straighten(provider.bend));

    async function comeBack(answer: Partial<AuthorizationAnswer>): Promise<VerifiedIdentity> {
      const prepared = prepareFlow();
      const redirect = await provider.approve(await gate.authorizationUrl(prepared, undefined));
      return gate.identify(prepared.flow, answerWith({ ...redirect, ...answer }));
    }

    it('a person who says no is told so', async () => {
      const prepared = prepareFlow();
      const refusal = await provider.refuse(await gate.authorizationUrl(prepared, undefined));
      expect((await failureOf(gate.identify(prepared.flow, answerWith(refusal)))).code).to.equal('denied');
      expect((await failureOf(comeBack({ error: 'user_cancelled_authorize' }))).code).to.equal('denied');
    });

    it('a refusal by another issuer is not believed, nor one without issuer where the provider sends one', async () => {
      expect((await failureOf(comeBack({ error: 'access_denied', iss: 'https://evil.example' }))).code).to.equal('provider_failed');
      expect((await failureOf(comeBack({ error: 'access_denied', iss: undefined }))).code).to.equal('provider_failed');
    });

    it('an error of the provider is its failure, and reaches no token endpoint', async () => {
      const before = provider.count('/token');
      expect((await failureOf(comeBack({ error: 'server_error' }))).code).to.equal('provider_failed');
      expect((await failureOf(comeBack({ error: '' }))).code).to.equal('provider_failed');
      expect((await failureOf(comeBack({ code: '' }))).code).to.equal('provider_failed');
      expect((await failureOf(comeBack({ code: undefined }))).code).to.equal('provider_failed');
      expect(provider.count('/token')).to.equal(before);
    });

    it('a wrong issuer in the redirect ends the sign-in before the code is used', async () => {
      const before = provider.count('/token');
      for (const iss of ['https://evil.example', '', `${provider.issuer}/`])
        expect((await failureOf(comeBack({ iss }))).code).to.equal('provider_failed');
      expect((await failureOf(comeBack({ iss: undefined }))).code).to.equal('provider_failed');
      expect(provider.count('/token')).to.equal(before);
    });

    it('a JSON client that has no field for the issuer still signs in', async () => {
      expect(await comeBack({ iss: undefined, issMayBeMissing: true })).to.have.property('provider', 'oidc');
    });

    it('a provider that announces no issuer may leave it out', async () => {
      const quiet = await start({ alg: 'ES256' });
      quiet.bend.discovery = (honest) => ({ ...honest, authorization_response_iss_parameter_supported: undefined });
      const prepared = prepareFlow();
      const silent = gateFor(configFor(quiet));
      const { code } = await quiet.approve(await silent.authorizationUrl(prepared, undefined));
      expect(await silent.identify(prepared.flow, answerWith({ code }))).to.have.property('provider', 'oidc');
    });

    it("a code of one flow is worth nothing in another, and one person's answer never becomes another's", async () => {
      const mine = prepareFlow();
      const theirs = prepareFlow();
      const { iss, code } = await provider.approve(await gate.authorizationUrl(theirs, undefined));
      await gate.authorizationUrl(mine, undefined);
      expect((await failureOf(gate.identify(mine.flow, answerWith({ code, iss })))).code).to.equal('provider_failed');
    });

    it('the ID token is believed where userinfo says otherwise, and an address keeps its own verified flag', async () => {
      const who = person();
      provider.bend.idTokenClaims = (honest) => ({ ...honest, name: 'Signed', email: 'signed@example.test', email_verified: undefined });
      provider.bend.userinfo = (honest) => ({
        ...honest,
        name: 'Unsigned',
        email: 'signed@example.test',
        email_verified: true,
        locale: 'de_AT',
        picture: 'https://pictures.example/1.png',
      });
      expect((await signIn(gate, provider, who)).profile).to.deep.equal({
        email: 'signed@example.test',
        emailVerified: false,
        name: 'Signed',
        picture: 'https://pictures.example/1.png',
        language: 'de-AT',
      });
      provider.bend.idTokenClaims = (honest) => ({ ...honest, email: undefined, email_verified: true });
      provider.bend.userinfo = ({ sub }) => ({ sub, email: 'unsigned@example.test' });
      expect((await signIn(gate, provider, who)).profile).to.include({ email: 'unsigned@example.test', emailVerified: false });
    });

    it('nothing but the JSON value true verifies an address', async () => {
      for (const flag of ['true', 1, 'yes', [true], {}, null]) {
        provider.bend.idTokenClaims = (honest) => ({ ...honest, email_verified: flag });
        expect((await signIn(gate, provider)).profile.emailVerified).to.equal(false);
      }
    });

    it('claims that are too long, of the wrong type or full of control characters are left out', async () => {
      const odd = [
        { email: `${'x'.repeat(250)}@example.test`, name: 'x'.repeat(256), picture: 'javascript:alert(1)', locale: 'x y' },
        { email: { a: 1 }, name: ['a'], picture: 42, locale: null },
        { email: 'a\r\nbcc: b@example.test', name: 'a\0b', picture: 'https://p.example/\n1', locale: 'e'.repeat(40) },
        { email: 'two@at@example.test', name: '   ', picture: `https://p.example/${'x'.repeat(2048)}`, locale: '' },
      ];
      for (const claims of odd) {
        provider.bend.idTokenClaims = (honest) => ({ ...honest, ...claims, email_verified: true });
        expect((await signIn(gate, provider)).profile).to.deep.equal({ emailVerified: false });
      }
    });

    it('claims called id, role or __proto__ do nothing', async () => {
      const who = person();
      const evil = JSON.parse(
        '{"id": 1, "role": "admin", "is_admin": true, "provider": "x", "__proto__": {"email": "a@b", "subject": "x"}}',
      );
      provider.bend.idTokenClaims = (honest) => Object.assign(Object.create(null), honest, evil, { email: undefined });
      provider.bend.userinfo = ({ sub }) => ({ ...evil, sub });
      const { tokens: _tokens, ...identity } = await signIn(gate, provider, who);
      expect(identity).to.deep.equal({
        provider: 'oidc',
        namespace: provider.issuer,
        subject: who.sub,
        profile: { emailVerified: false, name: who.name },
      });
      expect({}).not.to.have.property('subject');
    });

    it('the clocks may differ by a minute', async () => {
      const now = () => Math.floor(Date.now() / 1000);
      const who = person();
      provider.bend.idTokenClaims = (honest) => ({ ...honest, iat: now() + 55 });
      expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
      provider.bend.idTokenClaims = (honest) => ({ ...honest, iat: now() - 700, exp: now() - 50 });
      expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
    });
  });

  describe('at a hostile one', () => {
    let provider: OpenIdProvider;
    before(async () => {
      provider = await start({ alg: 'ES256' });
    });
    afterEach(() => straighten(provider.bend));

    function refuses(table: Readonly<Record<string, (provider: OpenIdProvider) => Bend>>, tokenRequests: number): void {
      for (const [name, bend] of Object.entries(table)) {
        it(`nobody gets in, and the next honest sign-in works: ${name}`, async () => {
          const gate = gateFor(configFor(provider));
          const before = provider.count('/token');
          Object.assign(provider.bend, bend(provider));
          const failure = await failureOf(signIn(gate, provider));
          expect(failure.code).to.equal('provider_failed');
          expect(provider.count('/token') - before).to.equal(tokenRequests);
          straighten(provider.bend);
          const who = person();
          expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
        });
      }
    }

    describe('with a forged ID token', () => refuses(FORGED_ID_TOKENS, 1));
    describe('with a claim that does not hold', () => refuses(WRONG_CLAIMS, 1));
    describe('with a broken answer', () => refuses(BROKEN_BODIES, 1));
    describe('with a broken discovery document', () => refuses(BROKEN_DISCOVERIES, 0));

    it('a signed token of every rule but one passes when that one is kept, so the tables prove what they say', async () => {
      const gate = gateFor(configFor(provider));
      const who = person();
      provider.bend.idTokenClaims = (honest) => ({ ...honest, azp: provider.clientId, aud: [provider.clientId], at_hash: undefined });
      expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
      const longest = person();
      expect((await signIn(gate, provider, { ...longest, sub: '~'.repeat(255) })).subject).to.equal('~'.repeat(255));
    });

    it('no token, code or secret stands in what the log may read', async () => {
      const gate = gateFor(configFor(provider));
      for (const bend of Object.values({ ...FORGED_ID_TOKENS, ...BROKEN_BODIES })) {
        const tokens: string[] = [];
        const made = bend(provider);
        Object.assign(provider.bend, made, {
          token: (honest: Readonly<Record<string, unknown>>) => {
            const body = made.token === undefined ? honest : made.token(honest);
            for (const { access_token, id_token } of [honest, Object(body)]) tokens.push(String(access_token), String(id_token));
            return body;
          },
        });
        const prepared = prepareFlow();
        const { code, iss } = await provider.approve(await gate.authorizationUrl(prepared, undefined));
        const failure = await gate.identify(prepared.flow, answerWith({ code, iss })).catch((error: unknown) => error);
        straighten(provider.bend);
        if (!(failure instanceof LatchkeyError)) continue; // The key set is kept for a minute, so a broken one is not seen.
        const seen = inspect(failure, { depth: 10, showHidden: true });
        expect(seen).to.include('[cause]').and.not.match(/eyJ/);
        const secrets = [...tokens, code, provider.clientSecret, prepared.flow.codeVerifier, prepared.flow.nonce];
        for (const secret of secrets.filter((text) => text.length > 4 && text !== 'undefined'))
          expect(seen).not.to.include(secret).and.not.include(JSON.stringify(secret).slice(1, -1));
      }
    });

    it('forged key ids do not download the key set again', async () => {
      const gate = gateFor(configFor(provider));
      await signIn(gate, provider);
      const before = provider.count('/jwks');
      provider.bend.idTokenHeader = { alg: 'ES256', kid: 'forged' };
      await Promise.all(Array.from({ length: 10 }, () => failureOf(signIn(gate, provider))));
      expect(provider.count('/jwks')).to.equal(before);
      const cold = gateFor(configFor(provider));
      await Promise.all(Array.from({ length: 10 }, () => failureOf(signIn(cold, provider))));
      await failureOf(signIn(cold, provider));
      expect(provider.count('/jwks')).to.equal(before + 1);
    });

    it('a new key of the provider works once the kept set is a minute old', async () => {
      const rotating = await start({ alg: 'ES256' });
      const gate = gateFor(configFor(rotating));
      await signIn(gate, rotating);
      await rotating.rotateKey();
      const { now } = Date;
      try {
        const shifted = now() + 61_000;
        Date.now = () => shifted;
        const who = person();
        expect((await signIn(gate, rotating, who)).subject).to.equal(who.sub);
      } finally {
        Date.now = now;
      }
    });
  });

  describe('at one that is down, slow or without end', () => {
    type Handler = (incoming: IncomingMessage, response: ServerResponse) => void;

    /** Stands between us and a provider, and misbehaves on chosen paths. */
    async function startProxy(provider: OpenIdProvider) {
      const rude = new Map<string, Handler>();
      const forward: Handler = (incoming, response) => {
        const { method, headers, url } = incoming;
        const upstream = request(provider.origin + url, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
        upstream.on('error', () => response.destroy());
        incoming.pipe(upstream);
      };
      const server = createServer((incoming, response) => (rude.get(incoming.url ?? '') ?? forward)(incoming, response));
      let connections = 0;
      server.on('connection', () => {
        connections += 1;
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
      provider.bend.discovery = (honest) => ({
        ...honest,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/jwks`,
        userinfo_endpoint: `${origin}/userinfo`,
      });
      const close = async () => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      };
      running.push({ close });
      return { rude, connections: () => connections, closeIdle: () => server.closeIdleConnections() };
    }

    const json = { 'content-type': 'application/json' };
    const silence: Handler = () => undefined;
    const noHeaders: Handler = (incoming) => {
      incoming.socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => incoming.socket.write('x-drip: 1\r\n'), 200);
      incoming.socket.on('close', () => clearInterval(drip));
    };
    const dripping: Handler = (incoming, response) => {
      response.writeHead(200, json).write('{');
      const drip = setInterval(() => response.write(' '), 200);
      incoming.socket.on('close', () => clearInterval(drip));
    };
    const endless: Readonly<Record<string, Handler>> = {
      'says nothing': silence,
      'never ends its headers': noHeaders,
      'never ends its body': dripping,
    };

    for (const [name, handler] of Object.entries(endless))
      it(`a finish ends within 5.5 s when an endpoint ${name}, and slows nobody else`, async () => {
        const trips = ['/token', '/jwks', '/userinfo'].map(async (path) => {
          const provider = await start({ alg: 'ES256' });
          const { rude } = await startProxy(provider);
          rude.set(path, handler);
          const gate = gateFor(configFor(provider));
          const began = Date.now();
          expect((await failureOf(signIn(gate, provider))).code).to.equal('provider_failed');
          expect(Date.now() - began).to.be.within(4_500, 5_500);
          rude.clear();
          const who = person();
          expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
        });
        const quick = await start({ alg: 'ES256' });
        const began = Date.now();
        await signIn(gateFor(configFor(quick)), quick);
        expect(Date.now() - began).to.be.below(2_000);
        await Promise.all(trips);
      });

    it('all calls of one finish share the five seconds', async () => {
      const provider = await start({ alg: 'ES256' });
      const { bend } = provider;
      const slow =
        <T>(ms: number) =>
        (honest: T) =>
          new Promise<T>((resolve) => setTimeout(resolve, ms, honest));
      Object.assign(bend, { token: slow(2_500), userinfo: slow(4_000) });
      const began = Date.now();
      expect((await failureOf(signIn(gateFor(configFor(provider)), provider))).code).to.equal('provider_failed');
      expect(Date.now() - began).to.be.within(4_500, 5_500);
    });

    it('of a body of 300 MB only the first is read', async () => {
      const provider = await start({ alg: 'ES256' });
      const { rude } = await startProxy(provider);
      const gate = gateFor(configFor(provider));
      for (const path of ['/token', '/jwks', '/userinfo']) {
        let sent = 0;
        const chunk = Buffer.alloc(64 * 1024, ' ');
        const ended = new Promise<void>((resolve) => {
          rude.set(path, (_incoming, response) => {
            response.writeHead(200, json);
            response.on('close', resolve);
            const pour = () => {
              while (!response.destroyed && sent < 300 * 1024 * 1024) {
                sent += chunk.length;
                if (!response.write(chunk)) return void response.once('drain', pour);
              }
              response.end();
            };
            pour();
          });
        });
        expect((await failureOf(signIn(gate, provider))).code).to.equal('provider_failed');
        await ended;
        expect(sent).to.be.below(30 * 1024 * 1024);
        rude.clear();
      }
      const who = person();
      expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
    });

    it('a body that is small on the wire and large when unpacked is refused', async () => {
      const provider = await start({ alg: 'ES256' });
      const { rude } = await startProxy(provider);
      const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '));
      rude.set('/token', (_incoming, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb));
      const failure = await failureOf(signIn(gateFor(configFor(provider)), provider));
      expect(failure.detail).to.include('the body is larger than 1048576 bytes');
    });

    describe('over connections that are kept', () => {
      /** A provider that has answered once, so that a connection to it is kept. */
      async function visited() {
        const provider = await start({ alg: 'ES256' });
        const proxy = await startProxy(provider);
        const gate = gateFor(configFor(provider));
        await signIn(gate, provider);
        return { provider, gate, ...proxy };
      }

      it('every call of two sign-ins is on one, and on a new one when the provider has closed it', async () => {
        const { provider, gate, connections, closeIdle } = await visited();
        await signIn(gate, provider);
        expect(connections()).to.equal(1);
        closeIdle();
        await new Promise((resolve) => setTimeout(resolve, 100)); // Until it is heard of.
        await signIn(gate, provider);
        expect(connections()).to.equal(2);
      });

      it('one that closes as userinfo is asked for is asked once again, and no more', async () => {
        const { provider, gate, connections, rude } = await visited();
        let asked = 0;
        const closing: Handler = (incoming) => {
          asked += 1;
          incoming.socket.destroy();
        };
        rude.set('/userinfo', (...exchange) => {
          rude.delete('/userinfo');
          closing(...exchange);
        });
        await signIn(gate, provider);
        expect([asked, connections()]).to.deep.equal([1, 2]);
        rude.set('/userinfo', closing);
        expect((await failureOf(signIn(gate, provider))).detail).to.include('ECONNRESET');
        expect(asked).to.equal(3);
      });

      it('one that closes as a code is redeemed gets no second token request', async () => {
        const { provider, gate, connections, rude } = await visited();
        let asked = 0;
        rude.set('/token', (incoming) => {
          asked += 1;
          incoming.socket.destroy();
        });
        expect((await failureOf(signIn(gate, provider))).code).to.equal('provider_failed');
        expect([asked, connections()]).to.deep.equal([1, 1]);
      });

      it('an answer that is whole holds, whatever comes behind its end', async () => {
        const { provider, gate, rude } = await visited();
        const who = person();
        const body = JSON.stringify(who);
        const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
        rude.set('/userinfo', (incoming) => incoming.socket.write(`${head}${body}and more`));
        for (let n = 0; n < 2; n += 1) expect((await signIn(gate, provider, who)).subject).to.equal(who.sub);
      });

      it('an answer with more headers than anybody reads is a failure, and the next sign-in works', async () => {
        const { provider, gate, rude } = await visited();
        const code = 'a-code-that-no-log-may-tell';
        rude.set('/token', (_incoming, response) => response.writeHead(200, { ...json, 'x-much': code.repeat(4_000) }).end('{}'));
        const failure = await failureOf(signIn(gate, provider));
        expect(failure.detail).to.include('HPE_HEADER_OVERFLOW');
        expect(inspect(failure, { depth: 10, showHidden: true })).not.to.include(code);
        rude.clear();
        await signIn(gate, provider);
      });
    });

    const PACKED: Readonly<Record<string, readonly [encoding: string, pack: (text: string) => Buffer]>> = {
      gzip: ['gzip', gzipSync],
      'gzip by its old name': ['X-GZip', gzipSync],
      'gzip without its end': ['gzip', (text) => gzipSync(text).subarray(0, -8)],
      deflate: ['deflate', deflateSync],
      'deflate without zlib around it': ['deflate', deflateRawSync],
      brotli: ['br', brotliCompressSync],
      'gzip in brotli': ['gzip, br', (text) => brotliCompressSync(gzipSync(text))],
      'nothing, by name': ['identity', Buffer.from],
      'nothing, with a character set for its name': ['utf-8', Buffer.from],
    };

    for (const [name, [encoding, pack]] of Object.entries(PACKED))
      it(`nothing packed is asked for, but an answer may be packed: ${name}`, async () => {
        const provider = await start({ alg: 'ES256' });
        const { rude } = await startProxy(provider);
        const who = person();
        provider.bend.idTokenClaims = ({ name: _name, ...honest }) => honest;
        const asked: unknown[] = [];
        rude.set('/userinfo', (incoming, response) => {
          asked.push(incoming.headers['accept-encoding']);
          response.writeHead(200, { ...json, 'content-encoding': encoding }).end(pack(JSON.stringify(who)));
        });
        expect((await signIn(gateFor(configFor(provider)), provider, who)).profile.name).to.equal(who.name);
        expect(asked).to.deep.equal(['identity']);
      });

    it('an answer that is packed in another way, or not as it says, is refused', async () => {
      const provider = await start({ alg: 'ES256' });
      const { rude } = await startProxy(provider);
      const gate = gateFor(configFor(provider));
      for (const encoding of ['compress', 'gzip', 'br']) {
        rude.set('/token', (_incoming, response) => response.writeHead(200, { ...json, 'content-encoding': encoding }).end('{}'));
        expect((await failureOf(signIn(gate, provider))).code, encoding).to.equal('provider_failed');
      }
      rude.clear();
      await signIn(gate, provider);
    });

    it('a connection that breaks in the middle is a failure, and there is no second token request', async () => {
      const provider = await start({ alg: 'ES256' });
      const { rude } = await startProxy(provider);
      const gate = gateFor(configFor(provider));
      let asked = 0;
      rude.set('/token', (_incoming, response) => {
        asked += 1;
        response.writeHead(200, { ...json, 'content-length': '1000' });
        response.write('{"access_token"', () => response.destroy());
      });
      expect((await failureOf(signIn(gate, provider))).code).to.equal('provider_failed');
      rude.set('/token', (incoming) => {
        asked += 1;
        incoming.socket.destroy();
      });
      expect((await failureOf(signIn(gate, provider))).code).to.equal('provider_failed');
      expect(asked).to.equal(2);
      rude.clear();
      await signIn(gate, provider);
    });

    it('a provider that was down when the app started heals without a restart', async () => {
      const provider = await start({ alg: 'ES256' });
      const gate = gateFor(configFor(provider));
      provider.bend.discovery = () => Promise.reject(new Error('down'));
      expect((await failureOf(gate.authorizationUrl(prepareFlow(), undefined))).code).to.equal('provider_failed');
      straighten(provider.bend);
      await signIn(gate, provider);
      const gone = await startOpenIdProvider({ alg: 'ES256' });
      const lost = gateFor(configFor(gone));
      await gone.close();
      expect((await failureOf(lost.authorizationUrl(prepareFlow(), undefined))).code).to.equal('provider_failed');
    });

    it('metadata is refreshed every hour, and a refresh that fails keeps the old', async () => {
      const provider = await start({ alg: 'ES256' });
      const gate = gateFor(configFor(provider));
      await signIn(gate, provider);
      provider.bend.discovery = () => Promise.reject(new Error('down'));
      const { now } = Date;
      const path = '/.well-known/openid-configuration';
      try {
        const later = now() + 3_601_000;
        Date.now = () => later;
        await gate.authorizationUrl(prepareFlow(), undefined);
        await new Promise((resolve) => setTimeout(resolve, 200));
        await gate.authorizationUrl(prepareFlow(), undefined);
        expect(provider.count(path)).to.equal(2);
        straighten(provider.bend);
        Date.now = () => later + 61_000;
        await gate.authorizationUrl(prepareFlow(), undefined);
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(provider.count(path)).to.equal(3);
      } finally {
        Date.now = now;
      }
    });
  });

  describe('signing out', () => {
    it('Logto names its own page; others, unknown ones and a provider that is down or hangs name none', async () => {
      const provider = await start({ alg: 'ES256' });
      const logto = configFor(provider, { id: 'logto', type: 'logto' });
      const gate = gateFor(logto, configFor(provider));
      const url = new URL((await gate.endSessionUrl('logto')) ?? 'none:');
      expect(url.origin + url.pathname).to.equal(`${provider.issuer}/session/end`);
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({ client_id: provider.clientId, post_logout_redirect_uri: BASE_URL });
      expect(await gate.endSessionUrl('oidc')).to.equal(undefined);
      expect(await gate.endSessionUrl('constructor')).to.equal(undefined);
      provider.bend.discovery = () => new Promise(() => undefined);
      const began = Date.now();
      expect(await gateFor(logto).endSessionUrl('logto')).to.equal(undefined);
      expect(Date.now() - began).to.be.below(2_300);
      provider.bend.discovery = () => Promise.reject(new Error('down'));
      expect(await gateFor(logto).endSessionUrl('logto')).to.equal(undefined);
    });
  });

  describe('which providers there are', () => {
    it('one that is switched off or unknown is refused, whatever its name', async () => {
      const provider = await start({ alg: 'ES256' });
      const gate = gateFor(configFor(provider, { enabled: false }));
      for (const id of ['oidc', 'google', 'session', '__proto__', 'constructor'])
        expect((await failureOf(gate.authorizationUrl(prepareFlow(id), undefined))).code).to.equal('provider_disabled');
      expect((await failureOf(gate.identify(prepareFlow().flow, answerWith({ code: 'x' })))).code).to.equal('provider_disabled');
    });

    it('the seams in the libraries are where they were', () => {
      const resolve = createRequire(import.meta.url).resolve;
      const { version } = JSON.parse(readFileSync(resolve('passport-openidconnect/package.json'), 'utf8'));
      expect(version).to.equal('0.1.2');
      const options = { issuer: 'https://i.example', authorizationURL: 'https://i.example/a', tokenURL: 'https://i.example/t' };
      const strategy = Reflect.construct(Strategy, [{ ...options, clientID: 'us', store: 'ours' }, () => undefined]);
      expect(strategy).to.have.nested.property('_oauth2._authorizeUrl', options.authorizationURL);
      expect(strategy).to.have.nested.property('_oauth2._clientId', 'us');
      expect(strategy).to.have.property('_stateStore', 'ours');
      expect(strategy.authorizationParams({})).to.deep.equal({});
    });
  });
});
