// Providers as they are set up in the world: signed userinfo, clients without a secret or with a key, further audiences, many tenants.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import type { JWK } from 'oidc-provider';
import { parseSettings } from '../../config/parse-settings.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { ApiClient, providerNumber } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { Answer } from '../support/http-answer.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Bend, type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type PanvaProvider, type PanvaProviderOptions, startPanvaProvider } from '../support/panva-provider.js';
import { type Person, person } from '../support/person.js';
import { launchServer, type Server, startServer } from '../support/server.js';
import { startXEmulator, type XEmulator, xPerson } from '../support/x-emulator.js';

const PROVIDER_FAILED = 50007;
const [OURS, THEIRS, STRANGERS] = [
  '72f988bf-86f1-41af-91ab-2d7cd011db47',
  '9188040d-6c67-4c5b-b112-36a304b66dad',
  '11111111-2222-3333-4444-555555555555',
] as const;

const KEYS: Readonly<Record<string, KeyObject>> = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
};

const keyNamed = (name: string): KeyObject => {
  const key = KEYS[name];
  if (key === undefined) throw new TypeError(`There is no key ${name}`);
  return key;
};
const pemOf = (name: string) => String(keyNamed(name).export({ format: 'pem', type: 'pkcs8' }));

/** What the provider is told of a key: never its private half. */
function publicJwkOf(name: string): JWK {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, kty = '', ...key } = keyNamed(name).export({ format: 'jwk' });
  return { ...key, kty, kid: `key-${name}`, use: 'sig' };
}

interface Setup {
  readonly title: string;
  readonly provider: Omit<PanvaProviderOptions, 'redirectUri' | 'alg'> & Partial<Pick<PanvaProviderOptions, 'alg'>>;
  /** Beside issuer and client id. */
  readonly options: (provider: PanvaProvider) => object;
}

const bySecret = ({ clientSecret }: PanvaProvider) => ({ clientSecret });

const byKey = (name: string, alg: PanvaProviderOptions['assertionAlg'], more: object = {}): Setup => ({
  title: `a client that signs by ${alg} with its own key`,
  provider: { authMethod: 'private_key_jwt', clientKey: publicJwkOf(name), ...(alg === undefined ? {} : { assertionAlg: alg }) },
  options: () => ({ tokenEndpointAuthMethod: 'private_key_jwt', privateKey: pemOf(name), keyId: `key-${name}`, ...more }),
});

/** At a provider that is somebody else's work. */
const SETUPS: readonly Setup[] = [
  ...(['RS384', 'RS512', 'PS384', 'PS512', 'ES512'] as const).map((alg) => ({
    title: `ID tokens signed by ${alg}`,
    provider: { alg },
    options: bySecret,
  })),
  ...(['RS256', 'ES256', 'PS512', 'EdDSA'] as const).map((alg) => ({
    title: `userinfo signed by ${alg}`,
    provider: { alg, signsUserinfo: true },
    options: bySecret,
  })),
  { title: 'a public client', provider: { authMethod: 'none' }, options: () => ({ tokenEndpointAuthMethod: 'none' }) },
  {
    title: 'a secret in the body, by setting',
    provider: { authMethod: 'client_secret_post' },
    options: ({ clientSecret }) => ({ clientSecret, tokenEndpointAuthMethod: 'client_secret_post' }),
  },
  { title: 'a secret in the body, by discovery', provider: { authMethod: 'client_secret_post' }, options: bySecret },
  {
    title: 'a secret in Basic, by setting',
    provider: { authMethod: 'client_secret_basic' },
    options: ({ clientSecret }) => ({ clientSecret, tokenEndpointAuthMethod: 'client_secret_basic' }),
  },
  {
    title: 'a secret that signs, by setting',
    provider: { authMethod: 'client_secret_jwt' },
    options: ({ clientSecret }) => ({ clientSecret, tokenEndpointAuthMethod: 'client_secret_jwt' }),
  },
  { title: 'a secret that signs, by discovery', provider: { authMethod: 'client_secret_jwt' }, options: bySecret },
  {
    title: 'a secret that signs by HS384, by discovery',
    provider: { authMethod: 'client_secret_jwt', assertionAlg: 'HS384' },
    options: bySecret,
  },
  byKey('RSA', 'RS256'),
  byKey('RSA', 'PS256'),
  byKey('RSA', 'PS512', { tokenEndpointAuthSigningAlg: 'PS512' }),
  byKey('P-256', 'ES256', { keyId: undefined }),
  byKey('P-384', 'ES384'),
  byKey('P-521', 'ES512'),
  byKey('Ed25519', 'EdDSA'),
];

/** At one of ours, bent as the real ones are. */
const ZITADEL: Bend = {
  idTokenClaims: (honest) => ({ ...honest, aud: [String(honest.aud), 'project-1', 'project-2'], azp: String(honest.aud) }),
};

const LEMON: Bend = {
  idTokenClaims: ({ email: _email, email_verified: _verified, name: _name, ...honest }) => honest,
  signedUserinfo: (honest) => honest,
};

/** Microsoft's: the issuer is a template, and some keys say whose they are. */
function entra(origin: string, tid: string | undefined, change: object = {}): Bend {
  const template = `${origin}/{tenantid}/v2.0`;
  return {
    discovery: (honest) => ({ ...honest, issuer: template, authorization_response_iss_parameter_supported: undefined }),
    redirect: ({ iss: _iss, ...honest }) => honest,
    jwks: (honest) => ({ keys: Array.from(Object(honest.keys), (key: object) => ({ ...key, issuer: template })) }),
    idTokenClaims: (honest) => ({
      ...honest,
      iss: template.replace('{tenantid}', String(tid)),
      ...(tid === undefined ? {} : { tid }),
      ...change,
    }),
  };
}

/** Tokens of a tenant whose people may come, but for one thing. */
const LIES: Readonly<Record<string, (origin: string) => Bend>> = {
  'of one tenant in the name of another': (at) => entra(at, OURS, { tid: THEIRS }),
  'of no tenant': (at) => entra(at, OURS, { tid: undefined }),
  'of a tenant that is a list': (at) => entra(at, OURS, { tid: [OURS] }),
  'of the template': (at) => entra(at, OURS, { iss: `${at}/{tenantid}/v2.0` }),
  'of the address for all': (at) => entra(at, OURS, { iss: `${at}/common/v2.0` }),
  'of another host': (at) => entra(at, OURS, { iss: `https://evil.example/${OURS}/v2.0` }),
  'of a tenant with a path': (at) => entra(at, `${OURS}/../${STRANGERS}`),
  'signed by a key of another tenant': (at) => ({
    ...entra(at, OURS),
    jwks: (honest) => ({ keys: Array.from(Object(honest.keys), (key: object) => ({ ...key, issuer: `${at}/${THEIRS}/v2.0` })) }),
  }),
};

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

describe('A provider as it is set up in the world', () => {
  let server: Server;
  let x: XEmulator;
  const panvas = new Map<string, PanvaProvider>();
  const bent = new Map<string, OpenIdProvider>();
  const idOf = (setup: Setup) => `setup-${SETUPS.indexOf(setup)}`;

  before(async function () {
    this.timeout(120_000); // A process, and keys of 2048 bits.
    const port = await freePort();
    const redirectUri = (id: string) => `http://127.0.0.1:${port}/callback/openid/${providerNumber(id)}`;
    const providers: Record<string, object> = {};
    for (const setup of SETUPS) {
      const id = idOf(setup);
      const provider = await startPanvaProvider({ alg: 'ES256', ...setup.provider, redirectUri: redirectUri(id) });
      panvas.set(id, provider);
      providers[id] = { type: 'oidc', issuer: provider.issuer, clientId: provider.clientId, ...setup.options(provider) };
    }
    for (const [id, insists] of [
      ['par', { insistsOnPar: true }],
      ['dpop', { insistsOnDpop: true }],
    ] as const) {
      const provider = await startPanvaProvider({ alg: 'ES256', redirectUri: redirectUri(id), ...insists });
      panvas.set(id, provider);
      const { issuer, clientId, clientSecret } = provider;
      providers[id] = { type: 'oidc', issuer, clientId, clientSecret };
    }
    const addBent = async (id: string, options: object, pathPrefix = '') => {
      const provider = await startOpenIdProvider({ alg: 'ES256', pathPrefix });
      bent.set(id, provider);
      const { issuer, clientId, clientSecret } = provider;
      providers[id] = { type: 'oidc', issuer, clientId, clientSecret, ...options };
      return provider;
    };
    Object.assign((await addBent('zitadel', { audiences: ['project-1', 'project-2'] })).bend, ZITADEL);
    Object.assign((await addBent('stranger', { audiences: ['project-1'] })).bend, ZITADEL);
    Object.assign((await addBent('lemon', {})).bend, LEMON);
    await addBent('entra', { tenants: [OURS.toUpperCase(), THEIRS] }, '/organizations/v2.0');
    await addBent('template', { tenants: [OURS] }, '/organizations/v2.0');
    await addBent('unaware', {}, '/contoso/v2.0');
    for (const index of Object.keys(LIES).keys()) await addBent(`liar-${index}`, { tenants: [OURS, THEIRS] }, '/common/v2.0');
    Object.assign(providers.template ?? {}, { issuer: `${bent.get('template')?.origin}/{tenantid}/v2.0` });
    x = await startXEmulator({ isPublic: true });
    providers.x = { clientId: x.clientId, tokenEndpointAuthMethod: 'none', endpoints: x.endpoints };
    const rateLimits = { prepare: { limit: 10_000 }, finish: { limit: 10_000 } };
    server = await startServer({ port, config: { storeProviderTokens: true, providers, rateLimits }, env: { LOG_LEVEL: 'info' } });
  });
  after(async () => {
    await server?.stop();
    await Promise.all([...panvas.values(), ...bent.values(), x].map((provider) => provider?.close()));
  });

  const client = () => new ApiClient(server.base);
  const at = <T>(map: ReadonlyMap<string, T>, id: string): T => {
    const found = map.get(id);
    if (found === undefined) throw new TypeError(`${id} was not started`);
    return found;
  };

  async function come(
    id: string,
    approve: (url: string) => Promise<{ readonly code: string; readonly state: string }>,
  ): Promise<HttpAnswer> {
    const by = client();
    const prepared = await by.prepare(id);
    expect(codeOf(prepared), prepared.text + server.output().slice(-500)).to.equal(0);
    return by.finish(id, await approve(String(prepared.json?.data)));
  }

  async function lastWarning(text: string): Promise<Readonly<Record<string, unknown>>> {
    const line = server
      .output()
      .split('\n')
      .findLast((one) => one.includes(text));
    return line === undefined ? {} : JSON.parse(line);
  }

  for (const setup of SETUPS) {
    it(`a person signs in twice, and unlinks as anywhere: ${setup.title}`, async () => {
      const [id, who] = [idOf(setup), person()];
      const provider = at(panvas, id);
      const first = await come(id, (url) => provider.approve(url, who));
      expect(codeOf(first), first.text + server.output().slice(-600)).to.equal(0);
      // E-mail and name stand in its userinfo alone.
      expect(first.json?.data?.user).to.include({ email: who.email, nickname: who.name });
      const again = await come(id, (url) => provider.approve(url, who));
      expect(again.json?.data?.user?.id).to.equal(first.json?.data?.user?.id);
    });
  }

  it('a token is revoked by the same proof, where a key signs', async () => {
    const setup = SETUPS.find(({ title }) => title.includes('ES384 with its own key'));
    if (setup === undefined) throw new TypeError('There is no such setup');
    const [id, who, by] = [idOf(setup), person(), client()];
    const provider = at(panvas, id);
    const back = await provider.approve(String((await by.prepare(id)).json?.data), who);
    by.token = String((await by.finish(id, back)).json?.data?.token?.access_token);
    await by.setPassword('correct horse battery');
    expect(codeOf(await by.unlink(id))).to.equal(0);
    for (const deadline = Date.now() + 8_000; !provider.revoked.includes(who.sub); await new Promise((resolve) => setTimeout(resolve, 50)))
      if (Date.now() > deadline) throw new Error(`Nothing was revoked: ${server.output().slice(-500)}`);
  });

  it('X takes a public client by its id alone, and revokes for it', async () => {
    const who = xPerson();
    const answer = await come('x', (url) => x.approve(url, who));
    expect(codeOf(answer), answer.text + server.output().slice(-500)).to.equal(0);
    const [request] = x.requests.filter(({ path }) => path === '/2/oauth2/token');
    expect(request?.headers).not.to.have.property('authorization');
    expect(request?.form.client_id).to.equal(x.clientId);
  });

  describe('with further audiences', () => {
    const visit = (id: string, who: Person = person()) => come(id, (url) => at(bent, id).approve(url, who));

    it('a token for us and the projects that the setting names is believed', async () => {
      const who = person();
      const answer = await visit('zitadel', who);
      expect(codeOf(answer), answer.text).to.equal(0);
      expect(answer.json?.data?.user).to.include({ email: who.email });
    });

    it('one for a project that it does not name is not, and the log says for whom it was', async () => {
      expect(codeOf(await visit('stranger'))).to.equal(PROVIDER_FAILED);
      expect(await lastWarning('another audience')).to.deep.include({
        level: 40,
        provider: 'stranger',
        configured: 'latchkey project-1',
        found: '["latchkey","project-1","project-2"]',
      });
    });

    const NO_LONGER_OURS: Readonly<Record<string, Bend['idTokenClaims']>> = {
      'without azp': (honest) => ({ ...honest, aud: [String(honest.aud), 'project-1'] }),
      'with another azp': (honest) => ({ ...honest, aud: [String(honest.aud), 'project-1'], azp: 'project-1' }),
      'with the azp of a stranger': (honest) => ({ ...honest, aud: [String(honest.aud), 'project-1'], azp: 'someone-else' }),
      'for the project alone': (honest) => ({ ...honest, aud: 'project-1', azp: String(honest.aud) }),
      'for the projects alone': (honest) => ({ ...honest, aud: ['project-1', 'project-2'], azp: String(honest.aud) }),
      'for a list in the list': (honest) =>
        Object.assign({}, honest, { aud: [String(honest.aud), ['project-1']], azp: String(honest.aud) }),
    };

    for (const [title, idTokenClaims] of Object.entries(NO_LONGER_OURS)) {
      it(`a token ${title} lets nobody in`, async () => {
        const { bend } = at(bent, 'zitadel');
        Object.assign(bend, { idTokenClaims });
        expect(codeOf(await visit('zitadel').finally(() => Object.assign(bend, ZITADEL)))).to.equal(PROVIDER_FAILED);
        expect(codeOf(await visit('zitadel'))).to.equal(0);
      });
    }
  });

  describe('with a signed userinfo', () => {
    it('a person is who it says, and as verified as it says', async () => {
      const who = person();
      const answer = await come('lemon', (url) => at(bent, 'lemon').approve(url, who));
      expect(answer.json?.data?.user, answer.text).to.include({ email: who.email, nickname: who.name });
    });

    it('it need name neither issuer nor audience', async () => {
      const { bend, approve } = at(bent, 'lemon');
      bend.signedUserinfo = ({ iss: _iss, aud: _aud, ...honest }) => honest;
      const who = person();
      const answer = await come('lemon', (url) => approve(url, who)).finally(() => Object.assign(bend, LEMON));
      expect(answer.json?.data?.user, answer.text).to.include({ email: who.email });
    });
  });

  describe('for the tenants of many', () => {
    const visit = (id: string, bend: Bend, who: Person = person()) => {
      const provider = at(bent, id);
      Object.assign(provider.bend, bend);
      return come(id, (url) => provider.approve(url, who));
    };
    const origin = (id = 'entra') => at(bent, id).origin;

    it('people of each of them sign in, and of no other', async () => {
      for (const tid of [OURS, THEIRS]) {
        const who = person();
        const answer = await visit('entra', entra(origin(), tid), who);
        expect(answer.json?.data?.user, answer.text + server.output().slice(-500)).to.include({ email: who.email });
      }
      expect(codeOf(await visit('entra', entra(origin(), STRANGERS)))).to.equal(PROVIDER_FAILED);
      expect(await lastWarning('the tenant of the ID token')).to.deep.include({
        level: 40,
        provider: 'entra',
        configured: `${OURS} ${THEIRS}`,
        found: STRANGERS,
      });
    });

    it('the template itself may be configured', async () => {
      const who = person();
      const answer = await visit('template', entra(origin('template'), OURS), who);
      expect(answer.json?.data?.user, answer.text + server.output().slice(-500)).to.include({ email: who.email });
      expect(codeOf(await visit('template', entra(origin('template'), THEIRS)))).to.equal(PROVIDER_FAILED);
    });

    for (const [title, id] of Object.keys(LIES).map((lie, index) => [lie, `liar-${index}`] as const)) {
      it(`a token ${title} lets nobody in`, async () => {
        const { bend, origin: own } = at(bent, id);
        expect(codeOf(await visit(id, LIES[title]?.(own) ?? {}))).to.equal(PROVIDER_FAILED);
        // The keys are kept for a minute, so an honest one comes back only where they were.
        if (bend.jwks === undefined || title.includes('key')) return;
        expect(codeOf(await visit(id, entra(own, OURS)))).to.equal(0);
      });
    }

    it('an issuer for all is refused at the start where nobody says whose people may come', async function () {
      this.timeout(60_000); // A process starts.
      const oidc = { type: 'oidc', clientId: 'c', clientSecret: 'hush-hush' } as const;
      for (const issuer of [
        'https://login.microsoftonline.com/common/v2.0',
        'https://login.microsoftonline.com/organizations/v2.0',
        'https://login.microsoftonline.us/organizations/v2.0/',
        'https://login.microsoftonline.com/{tenantid}/v2.0',
      ]) {
        const settings = (more: object) => ({
          baseUrl: 'https://app.example',
          secret: 'x'.repeat(32),
          providers: { entra: { ...oidc, issuer, ...more } },
        });
        expect(() => parseSettings(settings({})), issuer).to.throw(ConfigurationError, /^providers\.entra\.issuer: .*"tenants"/);
        expect(() => parseSettings(settings({ tenants: [OURS] })), issuer).not.to.throw();
        expect(() => parseSettings(settings({ tenants: [] })), issuer).to.throw(ConfigurationError, 'providers.entra.tenants');
        expect(() => parseSettings(settings({ tenants: ['contoso.com'] })), issuer).to.throw(
          ConfigurationError,
          'providers.entra.tenants.0',
        );
      }
      const issuer = 'https://login.microsoftonline.com/common/v2.0';
      const wrong = await launchServer({ config: { providers: { entra: { ...oidc, issuer } } } });
      expect((await wrong.exit).code).to.equal(1);
      expect(wrong.output()).to.include('providers.entra.issuer: expected the issuer of one tenant').and.not.include('hush');
    });

    it('where only discovery can tell, it says so there', async () => {
      const { bend, origin: own } = at(bent, 'unaware');
      Object.assign(bend, entra(own, OURS));
      expect(codeOf(await client().prepare('unaware'))).to.equal(PROVIDER_FAILED);
      expect(await lastWarning('"tenants')).to.deep.include({ configured: `${own}/contoso/v2.0`, found: `${own}/{tenantid}/v2.0` });
    });
  });

  it('one that insists on pushed requests is told at discovery, in one line with the reason', async () => {
    const from = server.output().length;
    expect(codeOf(await client().prepare('par'))).to.equal(PROVIDER_FAILED);
    const lines = server
      .output()
      .slice(from)
      .trim()
      .split('\n')
      .filter((line) => line.includes('RFC 9126'));
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? '{}')).to.include({ level: 40, provider: 'par' });
  });

  it('one that insists on DPoP fails in the documented way, and the log has told at discovery what cannot be done', async () => {
    const answer = await come('dpop', (url) => at(panvas, 'dpop').approve(url, person()));
    expect(codeOf(answer), answer.text).to.equal(PROVIDER_FAILED);
    expect(await lastWarning('offers DPoP')).to.include({ provider: 'dpop' });
    expect(await lastWarning('invalid_grant')).to.include({ level: 40, provider: 'dpop' });
  });

  it('one that says that it insists on DPoP is quoted', async () => {
    const { bend, approve } = at(bent, 'zitadel');
    const body = JSON.stringify({ error: 'invalid_request', error_description: 'DPoP proof is missing' });
    bend.token = () => new Answer(400, body, { 'content-type': 'application/json' });
    expect(codeOf(await come('zitadel', (url) => approve(url)).finally(() => delete bend.token))).to.equal(PROVIDER_FAILED);
    expect(await lastWarning('requires DPoP')).to.include({ level: 40, provider: 'zitadel' });
  });
});
