// Signing in at QQ and X, which speak plain OAuth 2.0: through the gate first, then over the whole server.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Strategy } from 'passport-oauth2';
import type { ProviderClients } from '../../lib/accounts/provider-clients.js';
import type { VerifiedIdentity } from '../../lib/accounts/types.js';
import { ApiClient } from '../support/client.js';
import { answerWith, BASE_URL, failureOf, openGate, prepareFlow, straighten } from '../support/gate.js';
import { Answer } from '../support/http-answer.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Hook, html, json, ODD_ANSWERS, WRONG_TOKENS } from '../support/odd-answers.js';
import { type Person, person } from '../support/person.js';
import { type QqEmulator, type QqEmulatorOptions, startQqEmulator, unionIdOf } from '../support/qq-emulator.js';
import { openStage, type Stage } from '../support/stage.js';
import { startXEmulator, type XEmulator, xPerson } from '../support/x-emulator.js';
import { extIdpId } from './scenarios.js';

const QQ_TOKEN = '/oauth2.0/token';
const X_TOKEN = '/2/oauth2/token';

type Id = 'qq' | 'x';
type Emulator = QqEmulator | XEmulator;
type Json = Readonly<Record<string, unknown>>;

const optionsOf = ({ clientId, clientSecret, endpoints }: Emulator) => ({ clientId, clientSecret, endpoints });

const gateFor = (id: Id, emulator: Emulator, change: Json = {}, settings: Json = {}): ProviderClients =>
  openGate({ [id]: { ...optionsOf(emulator), ...change } }, settings);

async function signIn(gate: ProviderClients, id: Id, emulator: Emulator, who: Person = xPerson()): Promise<VerifiedIdentity> {
  const prepared = prepareFlow(id);
  const { code } = await emulator.approve(await gate.authorizationUrl(prepared, undefined), who);
  return gate.identify(prepared.flow, answerWith({ code }));
}

const lastRequest = ({ requests }: Emulator, path: string) => requests.filter((request) => request.path === path).at(-1);

const SUBJECTS: Readonly<Record<string, unknown>> = {
  'no subject': undefined,
  'an empty subject': '',
  'a subject of 256 characters': '1'.repeat(256),
  'a subject with a letter beyond ASCII': 'zoë',
  'a subject with a line break': '1\n',
  'a subject with a NUL': '1\0',
  'a number for a subject': 42,
  'a subject beyond all numbers': 1e300,
  'null for a subject': null,
  'a list for a subject': ['1'],
  'an object for a subject': { toString: '1' },
  'true for a subject': true,
};

const WRONG_PROFILES: readonly Json[] = [
  { name: 'x'.repeat(256), picture: 'javascript:alert(1)' },
  { name: ['a'], picture: 42 },
  { name: 'a\0b', picture: 'https://p.example/\n1' },
  { name: '   ', picture: `https://p.example/${'x'.repeat(2048)}` },
  { name: null, picture: null },
];

describe('Signing in by OAuth 2.0', () => {
  const running: { close(): Promise<void> }[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  async function start<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const emulator = await starting;
    running.push(emulator);
    return emulator;
  }
  const startQq = (options?: QqEmulatorOptions) => start(startQqEmulator(options));
  const startX = () => start(startXEmulator());

  before(() => process.on('unhandledRejection', note));
  after(async () => {
    process.off('unhandledRejection', note);
    await Promise.all(running.map((one) => one.close()));
  });
  afterEach(() => expect(unhandled.splice(0)).to.deep.equal([]));

  /** Every line ends as `provider_failed` after one token request, and the next honest sign-in works. */
  function refuses(
    id: Id,
    world: () => { emulator: Emulator; gate: ProviderClients },
    table: Readonly<Record<string, () => object>>,
  ): void {
    const tokenPath = id === 'qq' ? QQ_TOKEN : X_TOKEN;
    for (const [name, bend] of Object.entries(table)) {
      it(`nobody gets in, and the next honest sign-in works: ${name}`, async () => {
        const { emulator, gate } = world();
        const before = emulator.count(tokenPath);
        Object.assign(emulator.bend, bend());
        const failure = await failureOf(signIn(gate, id, emulator)).finally(() => straighten(emulator.bend));
        expect(failure.code).to.equal('provider_failed');
        expect(emulator.count(tokenPath) - before).to.equal(1);
        const who = xPerson();
        expect((await signIn(gate, id, emulator, who)).subject).to.equal(who.sub);
      });
    }
  }

  const oddAnswersOf = (...endpoints: readonly string[]) =>
    Object.fromEntries(
      endpoints.flatMap((endpoint) =>
        Object.entries(ODD_ANSWERS).map(([name, hook]) => [`${endpoint}: ${name}`, () => ({ [endpoint]: hook() })] as const),
      ),
    );

  const fieldsOf = (endpoint: string, table: Readonly<Record<string, Json>>) =>
    Object.fromEntries(
      Object.entries(table).map(([name, change]) => [
        `${endpoint}: ${name}`,
        () => ({ [endpoint]: (honest: Json) => json({ ...honest, ...change }) }),
      ]),
    );

  describe('at QQ', () => {
    let qq: QqEmulator;
    let gate: ProviderClients;
    before(async () => {
      qq = await startQq();
      gate = gateFor('qq', qq);
    });
    afterEach(() => {
      straighten(qq.bend);
      qq.format = 'as asked';
    });

    it('the authorization URL has commas in its scope, no PKCE, no nonce and no hint, and the flow is kept', async () => {
      const prepared = prepareFlow('qq');
      const text = await gate.authorizationUrl(prepared, 'someone@example.test');
      const url = new URL(text);
      expect(url.origin + url.pathname).to.equal(qq.endpoints.authorization);
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({
        response_type: 'code',
        client_id: qq.clientId,
        redirect_uri: `${BASE_URL}/callback/openid/1`,
        scope: 'get_user_info',
        state: prepared.flow.id,
      });
      expect(text).to.match(/^[\w\-.~%&=?:/]+$/);
      expect(prepared.saved).to.deep.equal([prepared.flow.id]);
    });

    it('scopes are joined by commas, and the one for union ids is never forgotten', async () => {
      const scopeOf = async (change: Json) =>
        new URL(await gateFor('qq', qq, change).authorizationUrl(prepareFlow('qq'), undefined)).searchParams.get('scope');
      expect(await scopeOf({ useUnionId: true })).to.equal('get_user_info,get_unionid');
      expect(await scopeOf({ scope: 'get_user_info list_album' })).to.equal('get_user_info,list_album');
      expect(await scopeOf({ scope: ['get_unionid', 'get_user_info'], useUnionId: true })).to.equal('get_unionid,get_user_info');
      expect(await scopeOf({ scope: ['get_user_info'], useUnionId: true })).to.equal('get_user_info,get_unionid');
    });

    for (const format of ['as asked', 'jsonp', 'urlencoded', 'json'] as const)
      it(`a person signs in where QQ answers ${format}, always as HTML`, async () => {
        qq.format = format;
        const who = { ...person(), name: '企鹅 🐧', picture: 'http://thirdqq.example/avatar' };
        const { tokens, ...identity } = await signIn(gate, 'qq', qq, who);
        expect(identity).to.deep.equal({
          provider: 'qq',
          namespace: `openid:${qq.clientId}`,
          subject: who.sub,
          profile: { emailVerified: false, name: who.name, picture: who.picture },
        });
        expect(tokens?.accessToken).to.match(/^[0-9A-F]{32}$/);
        expect(tokens?.refreshToken).to.match(/^[0-9A-F]{32}$/);
        expect(lastRequest(qq, '/user/get_user_info')?.query).to.deep.equal({
          access_token: tokens?.accessToken,
          oauth_consumer_key: qq.clientId,
          openid: who.sub,
        });
      });

    it('the token is asked for once, by GET, with the secret in the query and the redirect of the request', async () => {
      const before = qq.count(QQ_TOKEN);
      await signIn(gate, 'qq', qq);
      expect(qq.count(QQ_TOKEN)).to.equal(before + 1);
      const request = lastRequest(qq, QQ_TOKEN);
      expect(request?.method).to.equal('GET');
      expect(request?.headers).not.to.have.property('authorization');
      const { code, ...query } = request?.query ?? {};
      expect(code).to.be.a('string');
      expect(query).to.deep.equal({
        grant_type: 'authorization_code',
        client_id: qq.clientId,
        client_secret: qq.clientSecret,
        redirect_uri: `${BASE_URL}/callback/openid/1`,
        fmt: 'json',
      });
    });

    it('an endpoint with a query of its own keeps it', async () => {
      const endpoints = {
        ...qq.endpoints,
        authorization: `${qq.endpoints.authorization}?display=mobile&state=evil`,
        token: `${qq.endpoints.token}?a=1`,
      };
      const prepared = prepareFlow('qq');
      const other = gateFor('qq', qq, { endpoints });
      const { searchParams } = new URL(await other.authorizationUrl(prepared, undefined));
      expect(searchParams.get('display')).to.equal('mobile');
      expect(searchParams.getAll('state')).to.deep.equal([prepared.flow.id]);
      await signIn(other, 'qq', qq);
      expect(lastRequest(qq, QQ_TOKEN)?.query.a).to.equal('1');
    });

    it('the smaller avatar is taken where there is no large one, and none at all where none is an address', async () => {
      expect((await signIn(gate, 'qq', qq)).profile.picture).to.equal('http://thirdqq.example/g?s=40');
      qq.bend.userInfo = ({ ret, nickname }) => ({ ret, nickname, figureurl_qq_2: 'javascript:1', figureurl: 7 });
      expect((await signIn(gate, 'qq', qq)).profile).not.to.have.property('picture');
    });

    it('a nickname that is missing or odd costs nobody the sign-in, and an address is never believed', async () => {
      for (const { name, picture } of WRONG_PROFILES) {
        qq.bend.userInfo = ({ ret }) => ({ ret, nickname: name, figureurl_qq_2: picture, email: 'a@example.test', email_verified: true });
        expect((await signIn(gate, 'qq', qq)).profile).to.deep.equal({ emailVerified: false });
      }
    });

    it('with union ids the union id is the person, and `me` is asked for it', async () => {
      const union = gateFor('qq', qq, { useUnionId: true });
      const who = person();
      const identity = await signIn(union, 'qq', qq, who);
      expect(identity.subject).to.equal(unionIdOf(who));
      expect(lastRequest(qq, '/oauth2.0/me')?.query).to.include({ unionid: '1', fmt: 'json' });
      expect(lastRequest(qq, '/user/get_user_info')?.query.openid).to.equal(who.sub);
      await signIn(gate, 'qq', qq, who);
      expect(lastRequest(qq, '/oauth2.0/me')?.query).not.to.have.property('unionid');
    });

    it('a missing union id is a failure and never quietly the open id', async () => {
      const union = gateFor('qq', qq, { useUnionId: true });
      for (const unionid of [undefined, '', null, 42, ['a']]) {
        qq.bend.me = (honest) => json({ ...honest, unionid });
        expect((await failureOf(signIn(union, 'qq', qq))).code).to.equal('provider_failed');
      }
      const without = await startQq({ givesUnionId: false });
      const failure = await failureOf(signIn(gateFor('qq', without, { useUnionId: true }), 'qq', without));
      expect(failure.code).to.equal('provider_failed');
      expect(failure.detail).to.include('100048');
    });

    it("a token of another app opens nothing, even in its owner's name", async () => {
      for (const client_id of ['101999999', undefined, Number(qq.clientId), [qq.clientId], null]) {
        qq.bend.me = (honest) => json({ ...honest, client_id });
        expect((await failureOf(signIn(gate, 'qq', qq))).detail).to.include('not for this client');
      }
    });

    it('errors come with status 200 in every format, and their number is told to the operator alone', async () => {
      for (const format of ['as asked', 'jsonp', 'urlencoded', 'json'] as const) {
        qq.format = format;
        for (const endpoint of ['token', 'me'] as const) {
          qq.bend[endpoint] = () => ({ error: 100016, error_description: 'access token check failed' });
          const failure = await failureOf(signIn(gate, 'qq', qq));
          straighten(qq.bend);
          expect(failure.code).to.equal('provider_failed');
          expect(failure.detail).to.include('100016');
          expect(failure.message).not.to.include('100016');
        }
      }
    });

    it('a code works once, and not in another flow with another redirect', async () => {
      const prepared = prepareFlow('qq');
      const { code } = await qq.approve(await gate.authorizationUrl(prepared, undefined));
      expect((await gate.identify(prepared.flow, answerWith({ code }))).provider).to.equal('qq');
      expect((await failureOf(gate.identify(prepared.flow, answerWith({ code })))).detail).to.include('100020');
      expect((await failureOf(gate.identify(prepared.flow, answerWith({ code: 'made-up' })))).detail).to.include('100019');
    });

    describe('with an odd answer', () => {
      const world = () => ({ emulator: qq, gate });
      refuses('qq', world, oddAnswersOf('token', 'me', 'userInfo'));
      refuses('qq', world, fieldsOf('token', WRONG_TOKENS));
      refuses('qq', world, fieldsOf('me', Object.fromEntries(Object.entries(SUBJECTS).map(([name, openid]) => [name, { openid }]))));
      refuses(
        'qq',
        world,
        fieldsOf('userInfo', {
          'ret of -1': { ret: -1 },
          'ret of 100030': { ret: 100030 },
          'ret a text': { ret: '0' },
          'no ret': { ret: undefined },
        }),
      );
      refuses('qq', world, fieldsOf('token', { 'ret of -1': { ret: -1 } }));
    });
  });

  describe('at X', () => {
    let x: XEmulator;
    let gate: ProviderClients;
    before(async () => {
      x = await startX();
      gate = gateFor('x', x);
    });
    afterEach(() => straighten(x.bend));

    it('the authorization URL has PKCE, spaces in its scope, no nonce and no hint', async () => {
      const prepared = prepareFlow('x');
      const text = await gate.authorizationUrl(prepared, 'someone@example.test');
      const url = new URL(text);
      expect(url.origin + url.pathname).to.equal(x.endpoints.authorization);
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({
        response_type: 'code',
        client_id: x.clientId,
        redirect_uri: `${BASE_URL}/callback/openid/x`,
        scope: 'users.read tweet.read users.email',
        state: prepared.flow.id,
        code_challenge: createHash('sha256').update(prepared.flow.codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      expect(text)
        .to.match(/^[\w\-.~%&=?:/]+$/)
        .and.include('users.read%20tweet.read')
        .and.not.include(prepared.flow.codeVerifier);
      expect(prepared.saved).to.deep.equal([prepared.flow.id]);
    });

    it('a person signs in with the address that X has confirmed', async () => {
      const who = xPerson();
      const before = x.count(X_TOKEN);
      const { tokens, ...identity } = await signIn(gate, 'x', x, who);
      expect(identity).to.deep.equal({
        provider: 'x',
        namespace: 'x',
        subject: who.sub,
        profile: { email: who.email, emailVerified: true, name: who.name },
      });
      expect(tokens?.accessToken).to.match(/^[\w-]{64}$/);
      expect(tokens?.refreshToken).to.equal(undefined);
      expect(x.count(X_TOKEN)).to.equal(before + 1);
    });

    it('the token request has the verifier, and id and secret form-encoded in Basic alone', async () => {
      const prepared = prepareFlow('x');
      const { code } = await x.approve(await gate.authorizationUrl(prepared, undefined));
      await gate.identify(prepared.flow, answerWith({ code }));
      const request = lastRequest(x, X_TOKEN);
      expect(request?.form).to.deep.equal({
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${BASE_URL}/callback/openid/x`,
        code_verifier: prepared.flow.codeVerifier,
      });
      expect(request?.query).to.deep.equal({});
      const authorization = request?.headers.authorization ?? '';
      expect(Buffer.from(authorization.slice(6), 'base64').toString()).to.equal(`${x.clientId}:s3cret%2B%2F%3D%25%26%3A`);
    });

    it('a refresh token is asked for only where tokens are stored', async () => {
      const keeping = gateFor('x', x, {}, { storeProviderTokens: true });
      const { tokens } = await signIn(keeping, 'x', x);
      expect(tokens?.refreshToken).to.match(/^[\w-]{64}$/);
      const asked = new URL(await keeping.authorizationUrl(prepareFlow('x'), undefined)).searchParams.get('scope');
      expect(asked).to.equal('users.read tweet.read users.email offline.access');
    });

    it('without the scope for it no address is asked for, so that X does not refuse', async () => {
      const quiet = gateFor('x', x, { scope: 'tweet.read users.read' });
      const who = xPerson();
      expect((await signIn(quiet, 'x', x, who)).profile).to.deep.equal({ emailVerified: false, name: who.name });
      expect(lastRequest(x, '/2/users/me')?.query).to.deep.equal({});
      await signIn(gate, 'x', x, who);
      expect(lastRequest(x, '/2/users/me')?.query).to.deep.equal({ 'user.fields': 'confirmed_email' });
    });

    it('an address counts only where X says it is confirmed, and is one', async () => {
      for (const confirmed_email of [undefined, null, '', true, 'not an address', ['a@example.test'], 'a\r\nbcc: b@example.test']) {
        x.bend.user = ({ data }) => ({ data: { ...Object(data), email: 'b@example.test', email_verified: true, confirmed_email } });
        expect((await signIn(gate, 'x', x)).profile)
          .to.have.all.keys('emailVerified', 'name')
          .and.include({ emailVerified: false });
      }
    });

    it('who has no usable name goes by the handle, and who has neither by none', async () => {
      for (const { name, picture } of WRONG_PROFILES) {
        x.bend.user = ({ data }) => ({ data: { ...Object(data), name, picture, confirmed_email: undefined } });
        const who = xPerson();
        expect((await signIn(gate, 'x', x, who)).profile).to.deep.equal({ emailVerified: false, name: who.username });
        x.bend.user = ({ data }) => ({ data: { ...Object(data), name, username: name, confirmed_email: undefined } });
        expect((await signIn(gate, 'x', x)).profile).to.deep.equal({ emailVerified: false });
      }
    });

    it('errors about single fields beside the person are no failure', async () => {
      x.bend.user = (honest) => ({ ...honest, errors: [{ title: 'Field Authorization Error', parameter: 'confirmed_email' }] });
      const who = xPerson();
      expect((await signIn(gate, 'x', x, who)).subject).to.equal(who.sub);
    });

    it('a code works once, for half a minute, and with its own verifier', async () => {
      const prepared = prepareFlow('x');
      const { code } = await x.approve(await gate.authorizationUrl(prepared, undefined));
      await gate.identify(prepared.flow, answerWith({ code }));
      expect((await failureOf(gate.identify(prepared.flow, answerWith({ code })))).detail).to.include('invalid_request');
      const mine = prepareFlow('x');
      const theirs = await x.approve(await gate.authorizationUrl(prepareFlow('x'), undefined));
      expect((await failureOf(gate.identify(mine.flow, answerWith({ code: theirs.code })))).code).to.equal('provider_failed');
      const late = prepareFlow('x');
      const { code: old } = await x.approve(await gate.authorizationUrl(late, undefined));
      const { now } = Date;
      try {
        const shifted = now() + 31_000;
        Date.now = () => shifted;
        expect((await failureOf(gate.identify(late.flow, answerWith({ code: old })))).code).to.equal('provider_failed');
      } finally {
        Date.now = now;
      }
    });

    it('a wrong secret is told to the operator by its error code', async () => {
      const wrong = gateFor('x', x, { clientSecret: 'wrong-secret' });
      const failure = await failureOf(signIn(wrong, 'x', x));
      expect(failure.detail).to.include('status 401 (unauthorized_client)');
      expect(inspect(failure, { depth: 10, showHidden: true })).not.to.include('wrong-secret');
    });

    describe('with an odd answer', () => {
      const world = () => ({ emulator: x, gate });
      refuses('x', world, oddAnswersOf('token', 'user'));
      refuses('x', world, fieldsOf('token', WRONG_TOKENS));
      refuses(
        'x',
        world,
        fieldsOf('token', {
          'no token type': { token_type: undefined },
          'a token type we do not know': { token_type: 'mac' },
          'a token type that is no text': { token_type: { toLowerCase: 1 } },
        }),
      );
      refuses('x', world, {
        'token: JSON called HTML': () => ({
          token: (honest: Json) => new Answer(200, JSON.stringify(honest), { 'content-type': 'text/html' }),
        }),
        'token: a form, as QQ would answer': () => ({
          token: ({ access_token }: Json) =>
            new Answer(200, `access_token=${access_token}&token_type=bearer`, { 'content-type': 'text/html' }),
        }),
        'user: JSON called HTML': () => ({
          user: (honest: Json) => new Answer(200, JSON.stringify(honest), { 'content-type': 'text/html' }),
        }),
        'user: errors and nobody': () => ({ user: () => ({ errors: [{ title: 'Not Found' }] }) }),
        'user: the person outside data': () => ({ user: ({ data }: Json) => data }),
      });
      refuses(
        'x',
        world,
        fieldsOf('user', { 'data null': { data: null }, 'data a list': { data: [{ id: '1' }] }, 'data a text': { data: '1' } }),
      );
      refuses(
        'x',
        world,
        Object.fromEntries(
          Object.entries(SUBJECTS).map(([name, id]) => [
            `user: ${name}`,
            () => ({ user: ({ data }: Json) => ({ data: { ...Object(data), id } }) }),
          ]),
        ),
      );
    });
  });

  for (const id of ['qq', 'x'] as const)
    describe(`on the way back from ${id}`, () => {
      const tokenPath = id === 'qq' ? QQ_TOKEN : X_TOKEN;
      let emulator: Emulator;
      let gate: ProviderClients;
      before(async () => {
        emulator = await (id === 'qq' ? startQq() : startX());
        gate = gateFor(id, emulator);
      });
      afterEach(() => straighten(emulator.bend));

      it('a person who says no is told so', async () => {
        const prepared = prepareFlow(id);
        const { error } = await emulator.refuse(await gate.authorizationUrl(prepared, undefined));
        expect((await failureOf(gate.identify(prepared.flow, answerWith({ error })))).code).to.equal('denied');
      });

      it('an error, a missing code or an issuer, which it does not have, reach no token endpoint', async () => {
        const prepared = prepareFlow(id);
        const { code } = await emulator.approve(await gate.authorizationUrl(prepared, undefined));
        const odd = [
          { error: 'server_error' },
          { error: '' },
          { code: '' },
          {},
          { code, iss: 'https://evil.example' },
          { code, iss: '' },
          { code, iss: BASE_URL, issMayBeMissing: true },
          { error: 'access_denied', iss: 'https://evil.example' },
        ];
        for (const answer of odd)
          expect((await failureOf(gate.identify(prepared.flow, answerWith(answer)))).code).to.equal('provider_failed');
        expect(emulator.count(tokenPath)).to.equal(0);
        expect((await gate.identify(prepared.flow, answerWith({ code, issMayBeMissing: true }))).provider).to.equal(id);
      });

      it('many people at once each get their own identity', async () => {
        const people = Array.from({ length: 20 }, () => xPerson());
        const identities = await Promise.all(people.map((who) => signIn(gate, id, emulator, who)));
        expect(identities.map(({ subject }) => subject)).to.deep.equal(people.map(({ sub }) => sub));
      });

      it('claims called id, role or __proto__ do nothing', async () => {
        const evil = JSON.parse(
          '{"provider": "google", "role": "admin", "is_admin": true, "sub": "x", "__proto__": {"subject": "x", "openid": "x"}}',
        );
        const add: Hook = (honest) => json({ ...evil, ...honest });
        Object.assign(emulator.bend, { token: add, me: add, userInfo: add, user: add });
        const who = xPerson();
        const identity = await signIn(gate, id, emulator, who);
        expect([identity.provider, identity.subject]).to.deep.equal([id, who.sub]);
        expect(identity).to.have.all.keys('provider', 'namespace', 'subject', 'profile', 'tokens');
        expect({}).not.to.have.property('subject');
      });

      it('the longest subject passes, so the tables prove what they say', async () => {
        const who = { ...xPerson(), sub: '~'.repeat(255) };
        expect((await signIn(gate, id, emulator, who)).subject).to.equal(who.sub);
      });

      it('one that is switched off is refused', async () => {
        const off = gateFor(id, emulator, { enabled: false });
        expect((await failureOf(off.authorizationUrl(prepareFlow(id), undefined))).code).to.equal('provider_disabled');
        expect((await failureOf(off.identify(prepareFlow(id).flow, answerWith({ code: 'x' })))).code).to.equal('provider_disabled');
        expect(await gate.endSessionUrl(id)).to.equal(undefined);
      });

      it('no token, code or secret stands in what the log may read', async () => {
        const endpoints = id === 'qq' ? ['token', 'me', 'userInfo'] : ['token', 'user'];
        const tables = [oddAnswersOf(...endpoints), fieldsOf('token', WRONG_TOKENS)];
        let seenFailures = 0;
        for (const bend of tables.flatMap((table) => Object.values(table))) {
          const tokens: string[] = [];
          const made: Readonly<Record<string, Hook | undefined>> = { ...bend() };
          const token: Hook = (honest) => {
            tokens.push(String(honest.access_token), String(honest.refresh_token), 'two', 'tokén');
            return made.token === undefined ? honest : made.token(honest);
          };
          Object.assign(emulator.bend, made, { token });
          const prepared = prepareFlow(id);
          const { code } = await emulator.approve(await gate.authorizationUrl(prepared, undefined));
          const failure = await failureOf(gate.identify(prepared.flow, answerWith({ code })));
          straighten(emulator.bend);
          seenFailures += 1;
          const seen = inspect(failure, { depth: 10, showHidden: true });
          const { clientSecret } = emulator;
          const secrets = [...tokens, code, clientSecret, encodeURIComponent(clientSecret), prepared.flow.codeVerifier];
          for (const secret of secrets.filter((text) => text !== 'undefined')) expect(seen).not.to.include(secret);
        }
        expect(seenFailures).to.be.greaterThan(40);
      });

      it('one that is down is a failure, and the address with its secrets is not told', async () => {
        const gone = await (id === 'qq' ? startQqEmulator() : startXEmulator());
        const lost = gateFor(id, gone);
        const prepared = prepareFlow(id);
        const { code } = await gone.approve(await lost.authorizationUrl(prepared, undefined));
        await gone.close();
        const failure = await failureOf(lost.identify(prepared.flow, answerWith({ code })));
        expect(failure.code).to.equal('provider_failed');
        expect(failure.detail).to.include('ECONNREFUSED');
        expect(inspect(failure, { depth: 10, showHidden: true }))
          .not.to.include(code)
          .and.not.include(encodeURIComponent(gone.clientSecret));
      });

      describe('that is slow or without end', () => {
        type Handler = (incoming: IncomingMessage, response: ServerResponse) => void;
        const places = id === 'qq' ? (['token', 'openId', 'userInfo'] as const) : (['token', 'userInfo'] as const);

        /** Stands in for one endpoint. */
        async function rude(place: string, handler: Handler): Promise<ProviderClients> {
          const server = createServer(handler);
          server.listen(0, '127.0.0.1');
          await once(server, 'listening');
          const address = server.address();
          const close = async () => {
            server.closeAllConnections();
            server.close();
            await once(server, 'close');
          };
          running.push({ close });
          const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
          return gateFor(id, emulator, { endpoints: { ...emulator.endpoints, [place]: url } });
        }

        const type = { 'content-type': 'application/json' };
        const endless: Readonly<Record<string, Handler>> = {
          'says nothing': () => undefined,
          'never ends its headers': (incoming) => {
            incoming.socket.write('HTTP/1.1 200 OK\r\n');
            const drip = setInterval(() => incoming.socket.write('x-drip: 1\r\n'), 200);
            incoming.socket.on('close', () => clearInterval(drip));
          },
          'never ends its body': (incoming, response) => {
            response.writeHead(200, type).write('{');
            const drip = setInterval(() => response.write(' '), 200);
            incoming.socket.on('close', () => clearInterval(drip));
          },
        };

        it('a finish ends within 5.5 s whichever endpoint does what, all calls together, and slows nobody else', async () => {
          async function expectPatience(gate: ProviderClients, of: Emulator): Promise<void> {
            const began = Date.now();
            expect((await failureOf(signIn(gate, id, of))).code).to.equal('provider_failed');
            expect(Date.now() - began).to.be.within(4_500, 5_500);
          }
          const slow = await (id === 'qq' ? startQq() : startX());
          const after =
            (ms: number): Hook =>
            (honest) =>
              new Promise((resolve) => setTimeout(resolve, ms, json(honest)));
          Object.assign(slow.bend, { token: after(2_500), me: after(4_000), user: after(4_000) });
          const trips = Object.values(endless).flatMap((handler) =>
            places.map(async (place) => expectPatience(await rude(place, handler), emulator)),
          );
          trips.push(expectPatience(gateFor(id, slow), slow));
          const began = Date.now();
          await signIn(gate, id, emulator);
          expect(Date.now() - began).to.be.below(2_000);
          await Promise.all(trips);
        });

        it('of a body of 300 MB only the first is read, and a packed one is measured unpacked', async () => {
          const chunk = Buffer.alloc(64 * 1024, ' ');
          for (const place of places) {
            let sent = 0;
            let end: () => void = () => undefined;
            const ended = new Promise<void>((resolve) => {
              end = resolve;
            });
            const flood = await rude(place, (_incoming, response) => {
              response.writeHead(200, type);
              response.on('close', end);
              const pour = () => {
                while (!response.destroyed && sent < 300 * 1024 * 1024) {
                  sent += chunk.length;
                  if (!response.write(chunk)) return void response.once('drain', pour);
                }
                response.end();
              };
              pour();
            });
            expect((await failureOf(signIn(flood, id, emulator))).detail).to.include('the body is larger than 1048576 bytes');
            await ended;
            expect(sent).to.be.below(30 * 1024 * 1024);
          }
          const packed = gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '));
          const bomb = await rude('token', (_incoming, response) =>
            response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(packed),
          );
          expect((await failureOf(signIn(bomb, id, emulator))).detail).to.include('the body is larger than 1048576 bytes');
        });

        it('a connection that breaks in the middle is a failure, and there is no second token request', async () => {
          let asked = 0;
          const broken = await rude('token', (incoming, response) => {
            asked += 1;
            if (asked > 1) return void incoming.socket.destroy();
            response.writeHead(200, { ...type, 'content-length': '1000' });
            response.write('{"access_token"', () => response.destroy());
          });
          expect((await failureOf(signIn(broken, id, emulator))).code).to.equal('provider_failed');
          expect((await failureOf(signIn(broken, id, emulator))).code).to.equal('provider_failed');
          expect(asked).to.equal(2);
        });

        it('a kept connection that closes as it is asked something is asked again on a new one, but never for a token', async () => {
          for (const place of ['token', 'userInfo']) {
            const sockets: unknown[] = [];
            const closing = await rude(place, (incoming, response) => {
              sockets.push(incoming.socket);
              if (sockets.length === 2) return void incoming.socket.destroy();
              response.writeHead(500, type).end('{}');
            });
            for (let n = 0; n < 2; n += 1) expect((await failureOf(signIn(closing, id, emulator))).code).to.equal('provider_failed');
            expect(sockets[1], 'the kept connection').to.equal(sockets[0]);
            expect([sockets.length, new Set(sockets).size], place).to.deep.equal(place === 'token' ? [2, 1] : [3, 2]);
          }
        });
      });
    });

  it('the seams in the library are where they were', () => {
    const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('passport-oauth2/package.json'), 'utf8'));
    expect(version).to.equal('1.8.0');
    const options = {
      authorizationURL: 'https://p.example/a',
      tokenURL: 'https://p.example/t',
      clientID: 'us',
      callbackURL: 'https://us.example/cb',
    };
    const strategy = Reflect.construct(Strategy, [{ ...options, scope: ['a', 'b'], scopeSeparator: ',' }, () => undefined]);
    expect(strategy.authorizationParams({})).to.deep.equal({});
    expect(strategy).to.have.property('_stateStore');
    const asked: unknown[] = [];
    const state = { flow: 'ours' };
    strategy._stateStore = {
      store: (_req: unknown, _verifier: unknown, given: unknown, _meta: unknown, done: (error: null, state: string) => void) => {
        asked.push(given);
        done(null, 'kept');
      },
    };
    strategy.authorizationParams = (given: Json) => {
      asked.push(given.state);
      return { extra: '1' };
    };
    strategy.redirect = (url: string) => void asked.push(Object.fromEntries(new URL(url).searchParams));
    strategy.authenticate({ query: {} }, { state });
    const query = { response_type: 'code', client_id: 'us', redirect_uri: options.callbackURL, scope: 'a,b', state: 'kept', extra: '1' };
    expect(asked).to.deep.equal([state, state, query]);
  });

  describe('over the whole server', () => {
    let qq: QqEmulator;
    let x: XEmulator;
    let stage: Stage;

    before(async () => {
      [qq, x] = await Promise.all([startQq(), startX()]);
      stage = await openStage({ database: 'sqlite', config: { providers: { qq: optionsOf(qq), x: optionsOf(x) } } });
    });
    after(() => stage.close());
    afterEach(() => {
      straighten(qq.bend);
      straighten(x.bend);
    });

    const emulatorOf = (id: Id): Emulator => (id === 'qq' ? qq : x);
    const codeOf = ({ json: body }: HttpAnswer): unknown => body?.code;

    async function visit(by: ApiClient, id: Id, who: Person, extra: object = {}) {
      const { json: body } = await by.prepare(id, extra);
      return emulatorOf(id).approve(String(body?.data), who);
    }

    async function enter(id: Id, who: Person, by: ApiClient = stage.client()): Promise<ApiClient> {
      const answer = await by.finish(id, await visit(by, id, who));
      expect(codeOf(answer), answer.text).to.equal(0);
      by.user = answer.json?.data?.user;
      by.token = String(answer.json?.data?.token?.access_token);
      return by;
    }

    const link = async (by: ApiClient, id: Id, who: Person) => by.finish(id, await visit(by, id, who, { linking: true }));

    /** Signed in by the one and linked to the other. */
    async function member(first: Id, second: Id): Promise<ApiClient> {
      const by = await enter(first, xPerson());
      expect(codeOf(await link(by, second, xPerson()))).to.equal(0);
      return by;
    }

    it('QQ is number 1, with its number in the redirect and without a hint', async () => {
      const answer = await stage.client().prepare('qq', { hint: 'someone@example.test' });
      const url = new URL(String(answer.json?.data));
      expect(url.searchParams.get('redirect_uri')).to.equal(`${stage.client().base}/callback/openid/1`);
      expect(url.href).not.to.include('someone');
      const toX = new URL(String((await stage.client().prepare('x', { hint: 'someone@example.test' })).json?.data));
      expect(toX.searchParams.get('redirect_uri')).to.equal(`${stage.client().base}/callback/openid/x`);
      expect(toX.searchParams.get('code_challenge_method')).to.equal('S256');
      expect(toX.href).not.to.include('someone');
    });

    it('a person is the same one at every sign-in, with nickname and, from X, with address', async () => {
      const [penguin, bird] = [person('penguin'), xPerson()];
      const byQq = await enter('qq', penguin);
      expect([byQq.user?.nickname, (await enter('qq', penguin)).user?.id]).to.deep.equal([penguin.name, byQq.user?.id]);
      expect(byQq.user?.email ?? '').to.equal('');
      const byX = await enter('x', bird);
      expect([byX.user?.email, byX.user?.nickname]).to.deep.equal([bird.email, bird.name]);
      expect((await enter('x', bird)).user?.id).to.equal(byX.user?.id);
    });

    it('the other one is linked and listed in every dialect', async () => {
      const [penguin, bird] = [person('penguin'), xPerson()];
      const by = await enter('qq', penguin);
      expect(codeOf(await link(by, 'x', bird))).to.equal(0);
      expect(await by.linked()).to.have.members([1, 'x']);
      const { json: body } = await by.identities();
      const seen = Array.from(Object(body?.data), (each) => {
        const { provider, type, userIdInIdp } = Object(each);
        return [provider, type, userIdInIdp];
      });
      expect(seen).to.have.deep.members([
        ['qq', 'openid', penguin.sub],
        ['twitter', 'openid', bird.sub],
      ]);
      expect(codeOf(await by.prepare('x', { linking: true }))).to.equal(40066);
      const other = await enter('qq', person());
      expect(codeOf(await link(other, 'x', bird)), "another's identity").to.equal(40067);
      expect((await enter('x', bird)).user?.id).to.equal(by.user?.id);
    });

    it('either is unlinked in any dialect that knows it, and then finds nobody', async () => {
      const ways: readonly (readonly [Id, (by: ApiClient) => Promise<HttpAnswer>])[] = [
        ['qq', (by) => by.unlink('qq')],
        ['qq', (by) => by.genauthUnlink(extIdpId('qq'))],
        ['x', (by) => by.unlink('x')],
        ['x', (by) => by.bioreUnlink('x')],
        ['x', (by) => by.genauthUnlink(extIdpId('x'))],
      ];
      for (const [id, unlink] of ways) {
        const by = await member(id === 'qq' ? 'x' : 'qq', id);
        const done = (await unlink(by)).json;
        const told: readonly unknown[] = [done?.code, done?.success, done?.statusCode];
        expect(
          told.some((one) => one === 0 || one === true || one === 200),
          JSON.stringify(done),
        ).to.equal(true);
        expect(await by.linked()).to.deep.equal([id === 'qq' ? 'x' : 1]);
        const again = (await unlink(by)).json;
        expect([again?.code, again?.error?.i18nKey, again?.statusCode]).to.satisfy((all: readonly unknown[]) =>
          all.some((one) => one === 40068 || one === 'auth.oauth.not_linked' || one === 404),
        );
      }
    });

    it('the last way in stays in every dialect', async () => {
      const byQq = await enter('qq', person());
      expect(codeOf(await byQq.unlink('qq'))).to.equal(40084);
      expect((await byQq.genauthUnlink(extIdpId('qq'))).json?.statusCode).to.equal(422);
      const refused = await byQq.bioreUnlink('qq');
      expect([refused.status, refused.json?.error?.i18nKey]).to.deep.equal([400, 'auth.oauth.provider_disabled']);
      const byX = await enter('x', xPerson());
      expect(codeOf(await byX.unlink('x'))).to.equal(40084);
      expect((await byX.genauthUnlink(extIdpId('x'))).json?.statusCode).to.equal(422);
      expect((await byX.bioreUnlink('x')).json?.error?.i18nKey).to.equal('auth.oauth.only_auth_method');
      expect([await byQq.linked(), await byX.linked()]).to.deep.equal([[1], ['x']]);
    });

    it('switched off, it lets nobody in, does not count, and its link may go', async () => {
      const off = await stage.start({ providers: { qq: { ...optionsOf(qq), enabled: false }, x: optionsOf(x) } });
      const by = await member('qq', 'x');
      const here = new ApiClient(off.base, by.token);
      expect(codeOf(await here.prepare('qq'))).to.equal(40019);
      expect(codeOf(await here.unlink('x'))).to.equal(40084);
      expect((await here.bioreUnlink('x')).json?.error?.i18nKey).to.equal('auth.oauth.only_auth_method');
      expect((await here.genauthUnlink(extIdpId('x'))).json?.statusCode).to.equal(422);
      expect(codeOf(await here.unlink('qq'))).to.equal(0);
      expect(await here.linked()).to.deep.equal(['x']);
    });

    it('with union ids switched on GenAuth says so, and the union id is the identity', async () => {
      const union = await stage.start({ providers: { qq: { ...optionsOf(qq), useUnionId: true } } });
      const who = person();
      const by = await enter('qq', who, new ApiClient(union.base));
      const [identity] = Array.from(Object((await by.identities()).json?.data), Object);
      expect([identity.type, identity.userIdInIdp]).to.deep.equal(['unionid', unionIdOf(who)]);
    });

    it('a code of one cannot finish a flow of the other, and no issuer is believed', async () => {
      const by = stage.client();
      const back = await visit(by, 'qq', person());
      expect(codeOf(await by.finish('x', back))).to.equal(40023);
      const before = qq.count(QQ_TOKEN);
      expect(codeOf(await by.finish('qq', back, { iss: 'https://evil.example' }))).to.equal(50007);
      expect(codeOf(await by.finish('qq', back)), 'the flow is used up').to.equal(40023);
      expect(qq.count(QQ_TOKEN)).to.equal(before);
    });

    it('what fails there is the documented failure, and neither answer nor log tells a secret', async () => {
      const secrets: string[] = [];
      const { clientSecret } = qq;
      secrets.push(clientSecret, encodeURIComponent(clientSecret), new URLSearchParams({ s: clientSecret }).toString().slice(2));
      for (const bend of [{ token: () => html() }, { me: () => html(500) }, { userInfo: () => json({ ret: -1, msg: 'secret words' }) }]) {
        Object.assign(qq.bend, bend);
        const by = stage.client();
        const back = await visit(by, 'qq', person());
        const answer = await by.finish('qq', back);
        straighten(qq.bend);
        secrets.push(back.code, 'secret words');
        expect(codeOf(answer)).to.equal(50007);
        for (const secret of secrets) expect(answer.text).not.to.include(secret);
      }
      const refusal = stage.client();
      const url = String((await refusal.prepare('x')).json?.data);
      expect((await x.refuse(url)).error).to.equal('access_denied');
      await enter('qq', person());
      await enter('x', xPerson());
      const tokens = qq.requests.flatMap(({ query }) => (query.access_token === undefined ? [] : [query.access_token]));
      expect(tokens).not.to.deep.equal([]);
      const output = stage.servers.map((server) => server.output()).join('');
      for (const secret of [...secrets, ...tokens, x.clientSecret]) expect(output).not.to.include(secret);
    });
  });
});
