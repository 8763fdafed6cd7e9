// Native apps hand in what they hold of a provider: who comes in by it, how often, and who does not.

import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { openDatabase } from '../../lib/server/database.js';
import { type AppleEmulator, startAppleEmulator } from '../support/apple-emulator.js';
import { BioreClient, verdict } from '../support/biore-client.js';
import { Answer } from '../support/http-answer.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { databases, describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { startXEmulator, type XEmulator, xPerson } from '../support/x-emulator.js';

const [ANDROID, BUNDLE] = ['android.example.apps', 'com.example.app'];
const now = () => Math.floor(Date.now() / 1000);
const sha256 = (text: string) => createHash('sha256').update(text);

interface World {
  readonly stage: Stage;
  /** Signs by ECDSA, whose signatures have twins. */
  readonly google: OpenIdProvider;
  readonly apple: AppleEmulator;
  readonly x: XEmulator;
  close(): Promise<void>;
}

async function openWorld(config: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const [google, apple, x] = await Promise.all([startOpenIdProvider({ alg: 'ES256' }), startAppleEmulator(), startXEmulator()]);
  const { issuer, clientId, clientSecret } = google;
  const providers = {
    google: { issuer, clientId, clientSecret, nativeClientIds: [ANDROID] },
    apple: { ...apple.options, nativeClientIds: [BUNDLE] },
    x: { clientId: x.clientId, clientSecret: x.clientSecret, endpoints: x.endpoints },
  };
  const stage = await openStage({ database: 'sqlite', config: { ...config, providers } });
  return {
    ...{ stage, google, apple, x },
    async close() {
      await stage.close();
      await Promise.all([google.close(), apple.close(), x.close()]);
    },
  };
}

describe('What a native app holds of a provider', () => {
  let world: World;
  let stage: Stage;
  let google: OpenIdProvider;
  let apple: AppleEmulator;
  before(async () => {
    world = await openWorld();
    ({ stage, google, apple } = world);
  });
  after(() => world.close());

  const client = () => new BioreClient(stage.servers[0]?.base ?? '');
  const submit = (body: object, by = client()) => by.call('POST', 'oauth/login', body);
  const link = (body: object, by: BioreClient) => by.call('POST', 'oauth/link', body);
  const withToken = async (who: JWTPayload, provider: 'google' | 'apple' = 'google') => ({
    provider,
    idToken: await (provider === 'google' ? google : apple).idToken(who),
  });
  const auditOf = async (provider: string) =>
    (await stage.query<{ event: string }>('SELECT event FROM audit_events WHERE provider = :provider ORDER BY id', { provider })).map(
      ({ event }) => event,
    );

  async function run(sql: string, replacements: Record<string, unknown>): Promise<void> {
    const database = openDatabase(stage.databaseUrl);
    await database.query(sql, { replacements });
    await database.close();
  }

  /** A code as an app gets it by a request of its own. */
  async function codeFrom(provider: 'google' | 'apple' | 'x', who: Person, extra: Readonly<Record<string, string>> = {}) {
    const codeVerifier = randomBytes(32).toString('base64url');
    const base = stage.servers[0]?.base ?? '';
    const endpoints = { google: `${google.issuer}/authorize`, apple: `${apple.issuer}/auth/authorize`, x: world.x.endpoints.authorization };
    const clients = { google, apple, x: world.x };
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clients[provider].clientId,
      redirect_uri: `${base}/callback/openid/${provider}`,
      scope: provider === 'x' ? 'users.read tweet.read users.email' : 'openid email',
      state: 'of the app',
      code_challenge: sha256(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(provider === 'apple' ? { response_mode: 'form_post' } : {}),
      ...extra,
    });
    const { code } = await clients[provider].approve(`${endpoints[provider]}?${query}`, who);
    return { provider, code, codeVerifier };
  }

  it('is told by the list of providers, without a secret', async () => {
    const answer = await client().call('GET', 'oauth/providers');
    const base = stage.servers[0]?.base;
    expect(answer.json?.data).to.deep.equal({
      providers: [
        { platform: 'google', clientId: google.clientId, redirectUri: `${base}/callback/openid/google` },
        { platform: 'apple', clientId: apple.options.clientId, redirectUri: `${base}/callback/openid/apple` },
        { platform: 'x', clientId: world.x.clientId, redirectUri: `${base}/callback/openid/x` },
      ],
    });
    expect(answer.text).not.to.include(google.clientSecret).and.not.to.include(world.x.clientSecret);
  });

  describe('makes an account for somebody new, and signs in whoever has one', () => {
    it('by an ID token of Google', async () => {
      const who = { ...person(), hd: 'example.test', picture: 'https://example.test/p.png' };
      const by = client();
      const first = await submit(await withToken(who), by);
      expect(first.json?.data).to.deep.equal({ accessToken: by.token, expiresIn: 900, isNewUser: true });
      expect(by.refreshToken).to.be.a('string');
      expect((await by.me()).json?.data).to.deep.include({ email: who.email, displayName: who.name, emailVerified: true });
      expect(verdict(await by.refresh())).to.equal('200');
      const again = await submit(await withToken({ ...who, jti: 'another' }));
      expect(again.json?.data?.isNewUser).to.equal(false);
      expect((await auditOf('google')).slice(-2)).to.deep.equal(['auth.oauth.sign_in.success', 'auth.oauth.sign_in.success']);
    });

    it('by one of Apple, whose flags are texts', async () => {
      const { sub } = person();
      const [proven, unproven] = [client(), client()];
      const relay = { sub, email: `${sub}@privaterelay.appleid.com`, email_verified: true, is_private_email: true };
      expect((await submit(await withToken(relay, 'apple'), proven)).json?.data?.isNewUser).to.equal(true);
      expect((await proven.me()).json?.data).to.deep.include({ email: relay.email, emailVerified: true });
      const other = { ...person(), email_verified: false };
      await submit(await withToken(other, 'apple'), unproven);
      expect((await unproven.me()).json?.data).to.deep.include({ email: other.email, emailVerified: false });
    });

    const forUs: readonly (readonly [string, () => JWTPayload])[] = [
      ['for the native client', () => ({ aud: ANDROID })],
      ['asked for by the native client, for ours', () => ({ azp: ANDROID })],
      ['for a list of one', () => ({ aud: [google.clientId] })],
      ['for both of ours', () => ({ aud: [google.clientId, ANDROID], azp: ANDROID })],
      ['of nine minutes ago', () => ({ iat: now() - 540 })],
      ['that ends now', () => ({ exp: now() })],
    ];
    for (const [what, claims] of forUs) {
      it(`by an ID token ${what}`, async () => {
        expect(verdict(await submit(await withToken({ ...person(), ...claims() })))).to.equal('200');
      });
    }

    it("by Apple's, for the bundle", async () => {
      expect(verdict(await submit(await withToken({ ...person(), aud: BUNDLE }, 'apple')))).to.equal('200');
    });

    it('by a nonce, as it is or by its hash', async () => {
      const nonce = 'a nonce of the app';
      for (const claim of [nonce, sha256(nonce).digest('hex')])
        expect(verdict(await submit({ ...(await withToken({ ...person(), nonce: claim })), nonce }))).to.equal('200');
    });

    it('by a code with its verifier, of each provider', async () => {
      for (const [provider, who] of [
        ['google', person()],
        ['apple', person()],
        ['x', xPerson()],
      ] as const) {
        const by = client();
        const answer = await submit(await codeFrom(provider, who), by);
        expect(answer.json?.data, `${provider}: ${answer.text}`).to.deep.include({ expiresIn: 900, isNewUser: true });
        expect((await by.me()).json?.data?.email, provider).to.equal(who.email);
        expect((await submit(await codeFrom(provider, who))).json?.data?.isNewUser, provider).to.equal(false);
      }
    });

    it('by a code of a request with a nonce, where the app says it', async () => {
      const submission = await codeFrom('google', person(), { nonce: 'of the app' });
      expect(verdict(await submit({ ...submission, nonce: 'of the app' }))).to.equal('200');
    });
  });

  describe('is refused, and changes nothing:', () => {
    const others = generateKeyPair('ES256');
    const publicJwk = async (provider: OpenIdProvider): Promise<JWK> => {
      const path = provider === google ? '/jwks' : '/auth/keys';
      const { json } = await request(`${provider.issuer}${path}`, { method: 'GET' });
      return (json as unknown as { keys: JWK[] }).keys[0] ?? {};
    };
    type Hostile = (who: Person, provider: OpenIdProvider) => Promise<object>;
    const claims =
      (change: (honest: { readonly clientId: string }) => JWTPayload): Hostile =>
      async (who, provider) => ({ idToken: await provider.idToken({ ...who, ...change(provider) }) });
    const header =
      (change: object): Hostile =>
      async (who, provider) => ({ idToken: await provider.idToken({ ...who }, change) });
    const payloadOf = (who: Person, { issuer, clientId }: OpenIdProvider) => ({
      ...{ iss: issuer, aud: clientId, iat: now(), exp: now() + 600 },
      ...who,
    });
    /** Signed by the provider, whatever it is. */
    const signed =
      (text: (honest: object) => string, more: object = {}): Hostile =>
      async (who, provider) => ({ idToken: await provider.signed(text(payloadOf(who, provider)), more) });
    /** Of the provider's header and claims, by another key. */
    const forged =
      (more: (provider: OpenIdProvider) => Promise<object> | object = () => ({})): Hostile =>
      async (who, provider) => {
        const { privateKey } = await others;
        const { kid } = await publicJwk(provider);
        const protectedHeader = { alg: 'ES256', ...(kid === undefined ? {} : { kid }), ...(await more(provider)) };
        return { idToken: await new SignJWT(payloadOf(who, provider)).setProtectedHeader(protectedHeader).sign(privateKey) };
      };
    const bySecret =
      (secretOf: (provider: OpenIdProvider) => Promise<Uint8Array>): Hostile =>
      async (who, provider) => {
        const { kid = '' } = await publicJwk(provider);
        const token = new SignJWT(payloadOf(who, provider)).setProtectedHeader({ alg: 'HS256', kid });
        return { idToken: await token.sign(await secretOf(provider)) };
      };

    const REFUSED = '401 auth.oauth.invalid_token';
    const INVALID = '400 auth.validation.failed';
    const TABLE: Readonly<Record<string, readonly [Hostile, string]>> = {
      'no signature (alg none)': [async (who, provider) => ({ idToken: new UnsecuredJWT(payloadOf(who, provider)).encode() }), REFUSED],
      'a signature that was cut off': [
        async (who, provider) => ({ idToken: (await provider.idToken({ ...who })).replace(/[^.]*$/, '') }),
        REFUSED,
      ],
      'HS256 with the public key': [
        bySecret(async (provider) => {
          const key = createPublicKey({ key: (await publicJwk(provider)) as never, format: 'jwk' });
          return Buffer.from(key.export({ type: 'spki', format: 'pem' }));
        }),
        REFUSED,
      ],
      'HS256 with the client secret': [bySecret(async ({ clientSecret }) => Buffer.from(clientSecret.padEnd(32, '.'))), REFUSED],
      'another key under the same id': [forged(), REFUSED],
      'another key under another id': [forged(() => ({ kid: 'another' })), REFUSED],
      'another key, embedded in the header': [forged(async () => ({ jwk: await exportJWK((await others).publicKey) })), REFUSED],
      'another key, at a URL in the header': [forged(() => ({ jku: 'https://evil.example.test/jwks' })), REFUSED],
      'an unknown key id': [header({ kid: 'nobody' }), REFUSED],
      'a token of another type': [header({ typ: 'at+jwt' }), REFUSED],
      'another issuer': [claims(() => ({ iss: 'https://evil.example.test' })), REFUSED],
      'the issuer with a slash': [
        async (who, provider) => ({ idToken: await provider.idToken({ ...who, iss: `${provider.issuer}/` }) }),
        REFUSED,
      ],
      'another audience': [claims(() => ({ aud: 'another app' })), REFUSED],
      'another app beside us in the audience': [claims(({ clientId }) => ({ aud: [clientId, 'another app'], azp: clientId })), REFUSED],
      'an empty audience': [claims(() => ({ aud: [] })), REFUSED],
      'no audience': [claims(() => ({ aud: undefined }) as unknown as JWTPayload), REFUSED],
      'our client id in upper case': [claims(({ clientId }) => ({ aud: clientId.toUpperCase() })), REFUSED],
      'azp of another app': [claims(() => ({ azp: 'another app' })), REFUSED],
      'azp that is null': [claims(() => ({ azp: null })), REFUSED],
      'several audiences without azp': [
        async (who, provider) => {
          const aud = [provider.clientId, provider === google ? ANDROID : BUNDLE];
          return { idToken: await provider.idToken({ ...who, aud }) };
        },
        REFUSED,
      ],
      'exp in the past': [claims(() => ({ exp: now() - 120 })), REFUSED],
      'no exp': [claims(() => ({ exp: undefined }) as unknown as JWTPayload), REFUSED],
      'exp that is a string': [claims(() => ({ exp: String(now() + 600) }) as unknown as JWTPayload), REFUSED],
      'nbf in the future': [claims(() => ({ nbf: now() + 300 })), REFUSED],
      'iat eleven minutes ago': [claims(() => ({ iat: now() - 660 })), REFUSED],
      'iat in the future': [claims(() => ({ iat: now() + 120 })), REFUSED],
      'no iat': [claims(() => ({ iat: undefined }) as unknown as JWTPayload), REFUSED],
      'iat that is a string': [claims(() => ({ iat: String(now()) }) as unknown as JWTPayload), REFUSED],
      'no subject': [claims(() => ({ sub: undefined }) as unknown as JWTPayload), REFUSED],
      'a subject that is a number': [claims(() => ({ sub: 7 }) as unknown as JWTPayload), REFUSED],
      'an empty subject': [claims(() => ({ sub: '' })), REFUSED],
      'a subject of 256 characters': [claims(() => ({ sub: 'x'.repeat(256) })), REFUSED],
      'a subject with a line break': [claims(() => ({ sub: 'a\nb' })), REFUSED],
      'another nonce': [async (who, provider) => ({ idToken: await provider.idToken({ ...who, nonce: 'one' }), nonce: 'other' }), REFUSED],
      'no nonce, although the app sent one': [
        async (who, provider) => ({ idToken: await provider.idToken({ ...who }), nonce: 'mine' }),
        REFUSED,
      ],
      'a security event token, signed by the same key': [claims(() => ({ events: { 'https://example.test/revoked': {} } })), REFUSED],
      'claims that are a list': [signed(() => '[]'), REFUSED],
      'claims that are not JSON': [signed(() => 'sub=1'), REFUSED],
      'claims that are null': [signed(() => 'null'), REFUSED],
      'exp that is too large for a number': [
        signed((honest) => JSON.stringify({ ...honest, exp: 0 }).replace('"exp":0', '"exp":1e999')),
        REFUSED,
      ],
      'an unencoded payload': [signed((honest) => JSON.stringify(honest), { b64: false, crit: ['b64'] }), REFUSED],
      'an unknown critical extension': [signed((honest) => JSON.stringify(honest), { crit: ['x'], x: 1 }), REFUSED],
      'userinfo without a signature': [async (who) => ({ idToken: JSON.stringify(who) }), REFUSED],
      'five parts': [async () => ({ idToken: 'e30.e30.e30.e30.e30' }), REFUSED],
      'a token of this server': [
        async () => ({ idToken: (await stage.client().signIn('oidc', stage.providers.oidc, person())).token }),
        REFUSED,
      ],
      'a code that the provider never issued': [async () => ({ code: 'made up', codeVerifier: 'x'.repeat(43) }), REFUSED],
      'a token that is too long': [
        async (who, provider) => ({ idToken: await provider.idToken({ ...who, pad: 'x'.repeat(5000) }) }),
        INVALID,
      ],
      'a list in place of a token': [async (who, provider) => ({ idToken: [await provider.idToken({ ...who })] }), INVALID],
      'an object in place of a token': [async () => ({ idToken: { sub: 'x' } }), INVALID],
      'an empty token': [async () => ({ idToken: '' }), INVALID],
      'neither token nor code': [async () => ({ codeVerifier: 'x'.repeat(43) }), INVALID],
      'a nonce that is not a string': [async (who, provider) => ({ idToken: await provider.idToken({ ...who }), nonce: 7 }), INVALID],
      'a verifier that is not a string': [async () => ({ code: 'x', codeVerifier: ['x'] }), INVALID],
    };

    it('as the page of the documentation tells, each with its answer', async () => {
      const page = await readFile(new URL('../../docs/token-submission.md', import.meta.url), 'utf8');
      const rows = [...page.matchAll(/^\| (.+) \| (\d{3}) `([^`]+)` \|$/gm)].map(([, what = '', status, key]) => [
        what,
        `${status} ${key}`,
      ]);
      const told = Object.fromEntries(rows);
      for (const [what, [, expected]] of Object.entries(TABLE)) expect(told[what], what).to.equal(expected);
      const table = page.slice(page.indexOf('| submitted |'), page.indexOf('\n\n', page.indexOf('| submitted |')));
      expect(table.split('\n').length - 2, 'and no other').to.equal(Object.keys(TABLE).length);
    });

    const counts = async () => ({
      users: (await stage.query('SELECT id FROM users')).length,
      links: (await stage.query('SELECT id FROM social_links')).length,
      sessions: (await stage.query('SELECT id FROM refresh_tokens')).length,
    });

    for (const name of ['google', 'apple'] as const) {
      for (const [what, [hostile, expected]] of Object.entries(TABLE)) {
        it(`${what} (${name})`, async () => {
          const [who, provider] = [person(), name === 'google' ? google : apple];
          const by = client();
          by.token = (await stage.client().signIn('oidc', stage.providers.oidc, person())).token;
          const body = { provider: name, ...(await hostile(who, provider)) };
          const before = await counts();
          for (const answer of [await submit(body), await link(body, by)]) {
            expect(verdict(answer)).to.equal(expected);
            expect(answer.headers.getSetCookie().filter((line) => line.startsWith('biore_refresh'))).to.deep.equal([]);
            expect(answer.text).not.to.match(/jose|stack|sqlite/i);
          }
          expect(await counts()).to.deep.equal(before);
          expect(verdict(await submit(await withToken({ ...who }, name))), 'an honest sign-in').to.equal('200');
        });
      }
    }

    it('a token of another provider, though it is for the same audience', async () => {
      const at = async (provider: 'google' | 'apple', idToken: string) => verdict(await submit({ provider, idToken }));
      expect(await at('google', await apple.idToken({ ...person(), aud: google.clientId }))).to.equal(REFUSED);
      expect(await at('apple', await google.idToken({ ...person(), aud: apple.options.clientId }))).to.equal(REFUSED);
    });

    it('a provider that the documents do not know, or that is none', async () => {
      const idToken = await google.idToken({ ...person() });
      for (const provider of ['oidc', 'logto', 'facebook', '__proto__', '', ['google'], null, 7])
        expect(verdict(await submit({ provider, idToken })), String(provider)).to.equal(INVALID);
      expect(verdict(await submit({ provider: 'x', idToken }))).to.equal(INVALID);
      expect(verdict(await submit({ provider: 'x', code: 'x' })), 'X without a verifier').to.equal(INVALID);
    });

    it('a token that was used, by whatever signature of the same words, at either door', async () => {
      const by = client();
      by.token = (await stage.client().signIn('oidc', stage.providers.oidc, person())).token;
      const twin = (token: string) => {
        const [head, body, signature = ''] = token.split('.');
        const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
        const bytes = Buffer.from(signature, 'base64url');
        const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
        const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
        return `${head}.${body}.${other.toString('base64url')}`;
      };
      /** The last character of 256 bytes has four bits that say nothing. */
      const spare = (token: string) => `${token.slice(0, -1)}${String.fromCharCode(token.charCodeAt(token.length - 1) + 1)}`;
      const fresh = await google.idToken({ ...person() });
      expect(verdict(await submit({ provider: 'google', idToken: twin(fresh) })), 'the twin holds').to.equal('200');
      for (const idToken of [fresh, twin(fresh)]) {
        expect(verdict(await submit({ provider: 'google', idToken }))).to.equal(REFUSED);
        expect(verdict(await link({ provider: 'google', idToken }, by))).to.equal(REFUSED);
      }
      const apples = await apple.idToken({ ...person() });
      expect(verdict(await submit({ provider: 'apple', idToken: apples }))).to.equal('200');
      for (const idToken of [apples, spare(apples)]) expect(verdict(await submit({ provider: 'apple', idToken }))).to.equal(REFUSED);
    });

    it('a code that was used, or comes with another verifier', async () => {
      for (const provider of ['google', 'apple', 'x'] as const) {
        const submission = await codeFrom(provider, xPerson());
        expect(verdict(await submit(submission)), provider).to.equal('200');
        expect(verdict(await submit(submission)), provider).to.equal(REFUSED);
        const other = await codeFrom(provider, xPerson());
        expect(verdict(await submit({ ...other, codeVerifier: 'x'.repeat(43) })), provider).to.equal(REFUSED);
      }
    });

    it('a code of a flow of ours that somebody has read', async () => {
      const url = String((await stage.client().prepare('google')).json?.data);
      const { code } = await google.approve(url, person());
      expect(verdict(await submit({ provider: 'google', code })), 'for want of the verifier').to.equal(REFUSED);
      const apples = String((await stage.client().prepare('apple')).json?.data);
      const stolen = await apple.approve(apples.replace(/&?code_challenge(?:_method)?=[^&]*/g, ''), person());
      expect(verdict(await submit({ provider: 'apple', code: stolen.code })), 'for want of the nonce').to.equal(
        '502 auth.oauth.provider_failed',
      );
    });
  });

  describe('links to whoever is signed in', () => {
    async function member() {
      const by = client();
      const who = person();
      by.token = (await stage.client().signIn('oidc', stage.providers.oidc, who)).token;
      return { by, who };
    }
    const mailTo = async (email: string) =>
      (await stage.query<{ message: string }>('SELECT message FROM outbox_messages')).filter(({ message }) => message.includes(email))
        .length;

    it('and says so by mail and in the audit rows', async () => {
      const { by, who } = await member();
      const apples = person();
      const answer = await link(await withToken({ ...apples }, 'apple'), by);
      expect(answer.json).to.deep.equal({ success: true, data: { message: 'Provider linked successfully' } });
      expect(await mailTo(who.email)).to.equal(1);
      expect((await auditOf('apple')).at(-1)).to.equal('auth.oauth.link.success');
      expect((await submit(await withToken({ ...apples, jti: '2' }, 'apple'))).json?.data?.isNewUser).to.equal(false);
    });

    it('once for each provider, and takes nobody’s identity away', async () => {
      const [{ by }, other] = [await member(), await member()];
      const who = person();
      await link(await withToken({ ...who }), by);
      expect(verdict(await link(await withToken({ ...who, jti: '2' }), by))).to.equal('400 auth.oauth.already_linked');
      expect(verdict(await link(await withToken({ ...person() }), by))).to.equal('400 auth.oauth.already_linked');
      expect(verdict(await link(await withToken({ ...who, jti: '3' }), other.by))).to.equal('409 auth.oauth.linked_to_other_user');
    });

    it('by code, too, and for nobody else', async () => {
      const { by } = await member();
      expect(verdict(await link(await codeFrom('x', xPerson()), by))).to.equal('200');
      expect(verdict(await link(await withToken({ ...person() }), client()))).to.equal('401 auth.token.invalid');
      const browser = stage.browser();
      await browser.signIn('oidc', stage.providers.oidc, person());
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.test' };
      const forged = await browser.call('POST', '/api/v1/auth/oauth/link', await withToken({ ...person() }), { headers });
      expect(verdict(forged)).to.equal('403 auth.csrf');
      expect(verdict(await browser.call('POST', '/api/v1/auth/oauth/link', await withToken({ ...person() })))).to.equal('200');
    });
  });

  it('does not take an address that somebody has', async () => {
    const who = person();
    await stage.client().signUp(who.email, 'correct horse battery');
    expect(verdict(await submit(await withToken({ ...who })))).to.equal('409 auth.oauth.email_taken');
  });

  it('lets no banned person in', async () => {
    const who = person();
    await submit(await withToken({ ...who }));
    await run("UPDATE users SET status = 'manual_banned' WHERE email = :email", { email: who.email });
    expect(verdict(await submit(await withToken({ ...who, jti: '2' })))).to.equal('401 auth.login.account_suspended');
  });

  it('makes nobody where sign-up is closed, lets in only a domain that was named, and is of no use where the provider is off', async () => {
    const server = await stage.start({
      signUp: false,
      providers: { google: { hd: 'example.test', issuer: google.issuer, nativeClientIds: [] } },
    });
    const by = new BioreClient(server.base);
    const at = async (claims: object) => verdict(await by.call('POST', 'oauth/login', await withToken({ ...person(), ...claims })));
    expect(await at({ hd: 'example.test' })).to.equal('403 auth.oauth.sign_up_disabled');
    expect(await at({ hd: 'evil.test' })).to.equal('401 auth.oauth.invalid_token');
    expect(await at({})).to.equal('401 auth.oauth.invalid_token');
    expect(await at({ hd: 'example.test', aud: ANDROID })).to.equal('401 auth.oauth.invalid_token');
    expect(verdict(await by.call('POST', 'oauth/login', { provider: 'apple', idToken: 'x' }))).to.equal('400 auth.oauth.provider_disabled');
    const list = await by.call('GET', 'oauth/providers');
    const listed = (list.json?.data?.providers ?? []) as unknown as readonly { readonly platform: string }[];
    expect(listed.map(({ platform }) => platform)).to.deep.equal(['google']);
  });

  it('fails as documented where the provider is down, and is good for later', async () => {
    const fresh = await openWorld();
    try {
      const by = new BioreClient(fresh.stage.servers[0]?.base ?? '');
      fresh.google.bend.jwks = () => new Answer(503);
      const body = { provider: 'google', idToken: await fresh.google.idToken({ ...person() }) };
      expect(verdict(await by.call('POST', 'oauth/login', body))).to.equal('502 auth.oauth.provider_failed');
      delete fresh.google.bend.jwks;
      expect(verdict(await by.call('POST', 'oauth/login', body))).to.equal('200');
    } finally {
      await fresh.close();
    }
  });

  it('is counted: ten an hour from one address', async () => {
    const server = await stage.start({ rateLimits: {} });
    const by = new BioreClient(server.base);
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await by.call('POST', 'oauth/login', { provider: 'google', idToken: 'x' })).status);
    expect(statuses).to.deep.equal([...Array.from({ length: 10 }, () => 401), 429]);
  });
});

/** Each is signed in by one of two who come with the same token. */
const RACES = 300;
const IN_FLIGHT = 12;
/** A few are fought over by more. */
const CROWD = 8;

/** A token each, handed in at two servers at once: exactly one succeeds, of somebody new and of somebody known. */
async function race(stage: Stage): Promise<void> {
  const { google } = stage.providers;
  await stage.start();
  const bases = stage.servers.map(({ base }) => base);
  const queue = Array.from({ length: RACES }, (_, n) => n).values();
  async function run(): Promise<void> {
    for (const n of queue) {
      // Every other one is the second token of somebody, who is known by then.
      const who = n % 2 === 0 ? person() : known;
      const idToken = await google.idToken({ ...who, jti: String(n) });
      const callers = Array.from({ length: n % 10 === 0 ? CROWD : 2 }, (_, i): Promise<HttpAnswer> => {
        return new BioreClient(bases[i % bases.length] ?? '').call('POST', 'oauth/login', { provider: 'google', idToken });
      });
      const verdicts = (await Promise.all(callers)).map(verdict).sort();
      expect(verdicts).to.deep.equal(['200', ...callers.slice(1).map(() => '401 auth.oauth.invalid_token')]);
    }
  }
  const known = person();
  await new BioreClient(bases[0] ?? '').call('POST', 'oauth/login', { provider: 'google', idToken: await google.idToken({ ...known }) });
  await Promise.all(Array.from({ length: IN_FLIGHT }, run));
  const [users] = await stage.query<{ n: number }>('SELECT COUNT(*) AS n FROM users');
  const [sessions] = await stage.query<{ n: number }>('SELECT COUNT(*) AS n FROM refresh_tokens');
  expect([Number(users?.n), Number(sessions?.n)]).to.deep.equal([RACES / 2 + 1, RACES + 1]);
}

describeOn(databases, 'One ID token, handed in many times at once', (kind) => {
  it('signs in once', async function () {
    this.timeout(120_000);
    const stage = await openStage({ database: kind });
    try {
      await race(stage);
    } finally {
      await stage.close();
    }
  });
});

describeWithRedis('One ID token, handed in many times at once, with Redis', () => {
  it('signs in once', async function () {
    this.timeout(120_000);
    const stage = await openStage({ database: 'sqlite', redis: true });
    try {
      await race(stage);
    } finally {
      await stage.close();
    }
  });
});
