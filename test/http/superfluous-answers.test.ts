// People of a provider that says more than it should, or says nothing where it says something: they sign in all the same.

import { expect } from 'chai';
import { HARMLESS_ANSWERS, SUPERFLUOUS_TOKEN_MEMBERS } from '../support/harmless-answers.js';
import { Answer } from '../support/http-answer.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { type QqEmulator, startQqEmulator } from '../support/qq-emulator.js';
import { openStage, type Stage } from '../support/stage.js';
import { startXEmulator, type XEmulator, xPerson } from '../support/x-emulator.js';

const PROVIDER_FAILED = 50007;

type Json = Readonly<Record<string, unknown>>;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const clientOf = ({ clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string }) => ({ clientId, clientSecret });
const oidcOf = (provider: OpenIdProvider) => ({ type: 'oidc', issuer: provider.issuer, ...clientOf(provider) });
const called = (fields: Json) => new Answer(200, JSON.stringify(fields), { 'content-type': 'application/json' });

describe('At a provider that says too much', () => {
  /** Each at a provider of its own: metadata and keys are kept. */
  const cases = Object.entries(HARMLESS_ANSWERS).map(([title, bend], index) => ({ title, bend, id: `careless-${index}` }));
  const careless = new Map<string, OpenIdProvider>();
  let bare: OpenIdProvider;
  let [keeping, leaving]: readonly OpenIdProvider[] = [];
  let qq: QqEmulator;
  let x: XEmulator;
  let stage: Stage;

  before(async function () {
    this.timeout(60_000); // A process starts.
    for (const { id } of cases) careless.set(id, await startOpenIdProvider({ alg: 'ES256' }));
    [qq, x] = await Promise.all([startQqEmulator(), startXEmulator()]);
    [bare, keeping, leaving] = await Promise.all([
      startOpenIdProvider({ alg: 'ES256' }),
      startOpenIdProvider({ alg: 'ES256' }),
      startOpenIdProvider({ alg: 'ES256', pathPrefix: '/oidc' }),
    ]);
    const providers = {
      ...Object.fromEntries([...careless].map(([id, provider]) => [id, oidcOf(provider)])),
      bare: oidcOf(bare),
      qq: { endpoints: qq.endpoints, ...clientOf(qq) },
      x: { endpoints: x.endpoints, ...clientOf(x) },
    };
    stage = await openStage({ database: 'sqlite', config: { providers } });
  });
  after(async () => {
    await stage?.close();
    await Promise.all([...careless.values(), bare, keeping, leaving, qq, x].map((one) => one?.close()));
  });

  for (const { title, bend, id } of cases) {
    it(`a person signs in, and is who the provider says: ${title}`, async () => {
      const provider = careless.get(id);
      if (provider === undefined) throw new TypeError(`${id} was not started`);
      Object.assign(provider.bend, bend);
      const who = person();
      const by = await stage.client().signIn(id, provider, who);
      expect(by.user).to.include({ email: who.email, nickname: who.name });
      expect((await stage.client().signIn(id, provider, who)).user?.id).to.equal(by.user?.id);
    });
  }

  it('an address that userinfo tells in place of an empty one is as verified as userinfo says', async () => {
    const verified = async (email_verified: unknown) => {
      bare.bend.idTokenClaims = (honest) => ({ ...honest, email: null, email_verified: true });
      bare.bend.userinfo = (honest) => ({ ...honest, email_verified });
      const who = person();
      await stage.client().signIn('bare', bare, who);
      const [row] = await stage.query<{ verified: number }>('SELECT email_verified AS verified FROM users WHERE email = :email', {
        email: who.email,
      });
      return row?.verified;
    };
    try {
      expect([await verified(true), await verified(false), await verified(undefined)]).to.deep.equal([1, 0, 0]);
    } finally {
      delete bare.bend.idTokenClaims;
      delete bare.bend.userinfo;
    }
  });

  it('userinfo that refuses is the failure where the ID token tells nothing but who somebody is', async () => {
    const by = stage.client();
    const who = person();
    bare.bend.idTokenClaims = ({ email: _email, email_verified: _verified, name: _name, ...honest }) => honest;
    bare.bend.userinfo = () => new Answer(403);
    expect(codeOf(await by.finish('bare', await by.visit('bare', bare, who)))).to.equal(PROVIDER_FAILED);
    delete bare.bend.userinfo;
    expect((await by.signIn('bare', bare, who)).user).to.include({ email: who.email });
    delete bare.bend.idTokenClaims;
  });

  for (const [title, members] of Object.entries(SUPERFLUOUS_TOKEN_MEMBERS)) {
    for (const id of ['qq', 'x'] as const) {
      it(`a person signs in by ${id}: token: ${title}`, async () => {
        const emulator = id === 'qq' ? qq : x;
        emulator.bend.token = (honest) => called({ ...honest, ...members });
        const [by, who]: [ReturnType<Stage['client']>, Person] = [stage.client(), xPerson()];
        const back = await emulator.approve(String((await by.prepare(id)).json?.data), who);
        const answer = await by.finish(id, back).finally(() => delete emulator.bend.token);
        expect(codeOf(answer), answer.text).to.equal(0);
        expect(answer.json?.data?.user).to.include({ nickname: who.name });
      });
    }
  }

  it('QQ and X may name an error of null wherever they answer', async () => {
    const none = (honest: Json) => called({ ...honest, error: null });
    Object.assign(qq.bend, { token: none, me: none, userInfo: none });
    Object.assign(x.bend, { token: none, user: none });
    for (const [id, emulator] of [
      ['qq', qq],
      ['x', x],
    ] as const) {
      const by = stage.client();
      const back = await emulator.approve(String((await by.prepare(id)).json?.data), xPerson());
      expect(codeOf(await by.finish(id, back)), id).to.equal(0);
      for (const name of Object.keys(emulator.bend)) Reflect.deleteProperty(emulator.bend, name);
    }
  });

  it('an endpoint that is used is never forgiven: sign-out at Logto, revocation where tokens are stored', async () => {
    if (leaving === undefined || keeping === undefined) throw new TypeError('Not started');
    leaving.bend.discovery = (honest) => ({ ...honest, end_session_endpoint: 'http://evil.example/end' });
    keeping.bend.discovery = (honest) => ({ ...honest, revocation_endpoint: 'http://evil.example/revoke' });
    const server = await stage.start({
      storeProviderTokens: true,
      providers: { logto: { endpoint: leaving.origin, ...clientOf(leaving) }, keeping: oidcOf(keeping) },
    });
    const by = stage.client(stage.servers.indexOf(server));
    for (const [id, provider] of [
      ['logto', leaving],
      ['keeping', keeping],
    ] as const) {
      expect(codeOf(await by.prepare(id)), id).to.equal(PROVIDER_FAILED);
      delete provider.bend.discovery;
      await by.signIn(id, provider, person());
    }
  });
});
