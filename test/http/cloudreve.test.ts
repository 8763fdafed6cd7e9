// The Cloudreve calls when all goes well, bodies that no client of theirs would send, and one unlink as each dialect answers it.

import { expect } from 'chai';
import { expectAnswer } from '../support/answer-schema.js';
import type { ApiClient } from '../support/client.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { extIdpId, PASSWORD, userIdOf } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

describe('The Cloudreve API', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({
      database: 'sqlite',
      config: { providers: { logto: { displayName: 'House Logto', icon: 'https://static.example/logto.svg' } } },
    });
  });
  after(() => stage.close());

  const signIn = (who = person()) => stage.client().signIn('google', stage.providers.google, who);
  const authorizationUrl = ({ json }: HttpAnswer) => new URL(String(json?.data));

  describe('preparing', () => {
    for (const [provider, number] of [
      ['logto', 0],
      ['oidc', 2],
      ['google', 'google'],
      ['logto', 'logto'],
      ['oidc', 'oidc'],
    ] as const) {
      it(`answers where to go for provider ${JSON.stringify(number)}`, async () => {
        const answer = await stage.client().call('PUT', '/session/openid', { provider: number, linking: null, hint: null });
        expectAnswer('cloudreve-prepare', answer.json);
        const url = authorizationUrl(answer);
        const { issuer, clientId } = stage.providers[provider];
        expect(url.origin + url.pathname).to.equal(`${issuer}/authorize`);
        const { client_id, response_type, redirect_uri, scope, code_challenge, code_challenge_method, nonce } = Object.fromEntries(
          url.searchParams,
        );
        expect([client_id, response_type, code_challenge_method]).to.deep.equal([clientId, 'code', 'S256']);
        const segment = { logto: '0', oidc: '2', google: 'google' }[provider];
        expect(redirect_uri).to.equal(`${stage.client().base}/callback/openid/${segment}`);
        expect(scope?.split(' ')).to.include.members(['openid', 'email', 'profile']);
        expect(code_challenge).to.match(/^[\w-]{43}$/);
        expect(nonce).to.have.length.above(20);
      });
    }

    it('makes a state, nonce and challenge of its own each time', async () => {
      const urls = [];
      for (let n = 0; n < 3; n += 1) urls.push(authorizationUrl(await stage.client().prepare('google')));
      for (const name of ['state', 'nonce', 'code_challenge']) {
        expect(new Set(urls.map((url) => url.searchParams.get(name))).size, name).to.equal(3);
      }
    });

    it('tells the expected address to Logto, and to nobody else', async () => {
      const hint = 'somebody@example.test';
      const hints = [];
      for (const provider of ['logto', 'oidc', 'google']) {
        const url = authorizationUrl(await stage.client().prepare(provider, { hint }));
        hints.push(url.searchParams.get('login_hint'));
        if (provider !== 'logto') expect(url.href).not.to.include('somebody');
      }
      expect(hints).to.deep.equal([hint, null, null]);
    });

    it('lets the caller choose nothing but the documented fields', async () => {
      const mine = { redirect_uri: 'https://attacker.example', scope: 'everything', state: 'mine', nonce: 'mine', prompt: 'none' };
      const url = authorizationUrl(await stage.client().prepare('google', mine));
      expect(url.href).not.to.match(/attacker|everything|mine|prompt=none/);
    });

    it('takes its own origin from the configuration, whatever host the request names', async () => {
      const headers = { 'x-forwarded-host': 'attacker.example', 'x-forwarded-proto': 'https', forwarded: 'host=attacker.example' };
      const answer = await stage.client().call('PUT', '/session/openid', { provider: 2 }, { headers });
      expect(authorizationUrl(answer).searchParams.get('redirect_uri')).to.equal(`${stage.client().base}/callback/openid/2`);
    });
  });

  describe('the other calls', () => {
    it('finishing, linking and unlinking answer as documented', async () => {
      const [by, who] = [stage.client(), person()];
      const signedIn = await by.finish('google', await by.visit('google', stage.providers.google, who));
      expectAnswer('cloudreve-finish-sign-in', signedIn.json);
      await by.signIn('google', stage.providers.google, who);
      const linked = await by.finish('oidc', await by.visit('oidc', stage.providers.oidc, who, { linking: true }));
      expectAnswer('cloudreve-finish-link', linked.json);
      expectAnswer('cloudreve-unlink', (await by.unlink('oidc')).json);
      for (const answer of [signedIn, linked]) expect(answer.headers.get('cache-control')).to.equal('no-store');
    });

    it('a user of whom nothing is known has every documented field', async () => {
      const by = stage.client();
      const answer = await by.finish('oidc', await by.visit('oidc', stage.providers.oidc, { sub: person().sub }));
      expectAnswer('cloudreve-finish-sign-in', answer.json);
      const { anonymous, avatar, preferred_theme, credit, language }: Json = answer.json?.data?.user ?? {};
      expect({ anonymous, avatar, preferred_theme, credit, language }).to.deep.equal({
        ...{ anonymous: false, avatar: null, preferred_theme: '', credit: 0, language: '' },
      });
    });

    it('repeating an unlink is harmless: one audit row, one mail', async () => {
      const who = person();
      const by = await signIn(who);
      await by.link('oidc', stage.providers.oidc, person());
      const mails = async () =>
        (await stage.query('SELECT id FROM outbox_messages WHERE message LIKE :to', { to: `%${who.email}%` })).length;
      const before = await mails();
      expect([codeOf(await by.unlink('oidc')), codeOf(await by.unlink('oidc')), codeOf(await by.unlink('oidc'))]).to.deep.equal([
        0, 40068, 40068,
      ]);
      const rows = await stage.query("SELECT id FROM audit_events WHERE event = 'auth.oauth.unlink.success' AND user_id = :id", {
        id: await userIdOf(stage, who),
      });
      expect([rows.length, (await mails()) - before]).to.deep.equal([1, 1]);
    });

    it('every call is there below /api/v4 too', async () => {
      const [by, who] = [stage.client(), person()];
      const { google } = stage.providers;
      const prepared = await by.call('PUT', '/api/v4/session/openid', { provider: 'google' });
      const back = await google.approve(String(prepared.json?.data), who);
      const body = { code: back.code, session_id: back.state, provider_id: 'google' };
      const signedIn = await by.call('POST', '/api/v4/session/openid', body);
      expectAnswer('cloudreve-finish-sign-in', signedIn.json);
      by.token = String(signedIn.json?.data?.token?.access_token);
      const calls: readonly (readonly [string, string, unknown?])[] = [
        ['GET', '/user/setting'],
        ['PATCH', '/user/setting', { new_password: PASSWORD }],
        ['DELETE', '/session/openid/google'],
        ['POST', '/user', { email: person().email, password: PASSWORD }],
        ['GET', '/site/config/login'],
      ];
      for (const [method, path, sent] of calls) expect(codeOf(await by.call(method, `/api/v4${path}`, sent)), path).to.equal(0);
      const again = await by.call('POST', '/api/v4/session/token', { email: who.email, password: PASSWORD });
      const first = again.json?.data?.token?.refresh_token;
      const refreshed = await by.call('POST', '/api/v4/session/token/refresh', { refresh_token: first });
      const second = refreshed.json?.data?.refresh_token;
      expect(codeOf(await by.call('DELETE', '/api/v4/session/token', { refresh_token: second }))).to.equal(0);
    });

    it('a path of nobody is left to the host', async () => {
      for (const path of ['/session/openid/google/x', '/api/v4', '/api/v5/user/setting', '/session', '/site/config']) {
        const answer = await stage.client().call('GET', path);
        expect([answer.status, answer.text], path).to.deep.equal([404, '{"error":"not found"}']);
      }
    });
  });

  describe('the settings', () => {
    it('tell what is linked since when, and how one signed in', async () => {
      const by = await signIn();
      await by.link('oidc', stage.providers.oidc, person());
      await by.link('logto', stage.providers.logto, person());
      const { data } = (await by.setting()).json ?? {};
      expect(Object.keys(data ?? {})).to.have.members([
        ...['open_id', 'passwordless', 'login_activity', 'two_fa_enabled', 'passkeys', 'credit'],
        ...['disable_view_sync', 'version_retention_enabled', 'links'],
      ]);
      const [numbered, others] = [listOf(data?.open_id), listOf(data?.links)];
      expect(numbered.map(({ provider }) => provider)).to.have.members([2, 0]);
      expect(others.map(({ provider }) => provider)).to.deep.equal(['google']);
      for (const { linked_at } of [...numbered, ...others]) {
        expect(linked_at).to.match(RFC_3339);
        expect(Date.parse(String(linked_at))).to.be.closeTo(Date.now(), 60_000);
      }
      expect(data?.passwordless).to.equal(true);
      expect(data?.login_activity).to.be.an('array').with.length(1);
    });

    it('tell of each sign-in by the nine documented fields, in their types', async () => {
      const who = person();
      const agents = {
        '': ['', '', ''],
        '(;;;) x/ <b>': ['', '', ''],
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15': [
          ...['Safari', 'Mac', 'macOS'],
        ],
        'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1':
          ['Safari', 'iPhone', 'iOS'],
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36': [
          ...['Chrome', 'Desktop', 'Windows'],
        ],
      };
      for (const [userAgent, [browser, device, os]] of Object.entries(agents)) {
        const by = stage.client();
        by.headers = { 'user-agent': userAgent };
        await by.signIn('google', stage.providers.google, who);
        const [latest] = listOf((await by.setting()).json?.data?.login_activity);
        const { created_at, ip, ...rest } = latest ?? {};
        expect(created_at).to.match(RFC_3339);
        expect(ip).to.equal('127.0.0.1');
        expect(rest, userAgent).to.deep.equal({
          ...{ browser, device, os, login_with: 'openid', open_id_provider: 0, success: true, webdav: false },
          provider: 'google',
        });
      }
    });

    it('are named as asked at the next sign-in', async () => {
      const who = person();
      const by = await signIn(who);
      const change = { nick: '张三 <b>', language: 'zh-CN', preferred_theme: '#131313' };
      expect((await by.call('PATCH', '/user/setting', change)).json).to.deep.equal({ code: 0, msg: '' });
      const { user } = await signIn(who);
      expect([user?.nickname, user?.language, user?.preferred_theme]).to.deep.equal(Object.values(change));
    });

    it('change in no part when one part is refused', async () => {
      const who = person();
      const by = await signIn(who);
      await by.setPassword(PASSWORD);
      for (const [refused, code] of [
        [{ nick: 'New', language: '<script>' }, 40001],
        [{ nick: '' }, 40001],
        [{ nick: 'x'.repeat(256) }, 40001],
        [{ nick: 'New', preferred_theme: 'url(https://attacker.example)' }, 40001],
        [{ nick: 'New', new_password: 'short' }, 40001],
        [{ nick: 'New', new_password: `${PASSWORD}!`, current_password: 'wrong' }, 40069],
        [{ nick: 'New', new_password: null }, 40069],
      ] as const) {
        expect(codeOf(await by.call('PATCH', '/user/setting', refused)), JSON.stringify(refused)).to.equal(code);
      }
      expect((await signIn(who)).user?.nickname).to.equal(who.name);
    });

    it('leave what nobody may change', async () => {
      const who = person();
      const by = await signIn(who);
      const forbidden = {
        status: 'inactive',
        group_id: 1,
        credit: 1000,
        email: 'x@example.test',
        email_verified: true,
        id: 1,
        passwordHash: 'x',
      };
      expect(codeOf(await by.call('PATCH', '/user/setting', forbidden))).to.equal(0);
      const { user } = await signIn(who);
      expect([user?.status, user?.credit, user?.email, user?.group?.name]).to.deep.equal(['active', 0, who.email, 'User']);
    });

    it('set, change and remove a password', async () => {
      const who = person();
      const by = await signIn(who);
      const passwordSignIn = (password: string) => stage.client().call('POST', '/session/token', { email: who.email, password });
      const passwordless = async () => (await by.setting()).json?.data?.passwordless;
      expect(codeOf(await by.setPassword(PASSWORD))).to.equal(0);
      expectAnswer('cloudreve-finish-sign-in', (await passwordSignIn(PASSWORD)).json);
      expect(await passwordless()).to.equal(false);
      expect(codeOf(await by.setPassword('another password', PASSWORD))).to.equal(0);
      expect([codeOf(await passwordSignIn(PASSWORD)), codeOf(await passwordSignIn('another password'))]).to.deep.equal([40080, 0]);
      expect(codeOf(await by.removePassword('another password'))).to.equal(0);
      expect(codeOf(await passwordSignIn('another password'))).to.equal(40080);
      expect(await passwordless()).to.equal(true);
    });

    it('of the sign-in page say what is on', async () => {
      const { base } = await stage.start({ signUp: false, providers: { oidc: { enabled: false } } });
      const path = '/site/config/login';
      expect((await stage.client().call('GET', path)).json?.data).to.deep.equal({
        sso_enabled: true,
        sso_display_name: 'House Logto',
        sso_icon: 'https://static.example/logto.svg',
        oidc_enabled: true,
        oidc_display_name: 'OpenID Connect',
        oidc_icon: '',
        register_enabled: true,
      });
      const closed = await fetch(base + path).then((answer) => answer.json());
      expect(closed).to.deep.equal({ code: 0, msg: '', data: { sso_enabled: true, sso_display_name: 'Logto', sso_icon: '' } });
    });
  });

  describe('a body that is none of the documented', () => {
    let by: ApiClient;

    before(async () => {
      by = await signIn();
    });

    const PATHS = [
      ['PUT', '/session/openid'],
      ['POST', '/session/openid'],
      ['POST', '/session/token'],
      ['POST', '/session/token/refresh'],
      ['DELETE', '/session/token'],
      ['POST', '/user'],
      ['PATCH', '/user/setting'],
      ['POST', '/api/v3/unlink-extidp'],
    ] as const;

    const failed = (answer: HttpAnswer, path: string): unknown => {
      const genauth = path.startsWith('/api/v3');
      expectAnswer(genauth ? 'genauth-failure' : 'cloudreve-failure', answer.json);
      return genauth ? answer.json?.statusCode : answer.json?.code;
    };

    for (const [method, path] of PATHS) {
      const malformed = path.startsWith('/api/v3') ? 400 : 40001;

      it(`is 415 where it is not called JSON: ${method} ${path}`, async () => {
        for (const type of [
          'text/plain',
          'application/x-www-form-urlencoded',
          'application/jsonp',
          'application/json+x',
          'multipart/form-data',
          '',
        ]) {
          const answer = await by.call(method, path, '{"provider":2}', { headers: { 'content-type': type } });
          expect([answer.status, failed(answer, path)], type).to.deep.equal([415, malformed]);
        }
        const latin = await by.call(method, path, '{}', { headers: { 'content-type': 'application/json; charset=latin1' } });
        expect(latin.status).to.equal(415);
        const packed = await by.call(method, path, '{}', { headers: { 'content-encoding': 'x-none' } });
        expect(packed.status).to.equal(415);
      });

      it(`is 413 above 16 KiB: ${method} ${path}`, async () => {
        const body = (bytes: number) => `{"x":"${'x'.repeat(bytes - 8)}"}`;
        const answer = await by.call(method, path, body(16 * 1024 + 1));
        expect([answer.status, failed(answer, path)]).to.deep.equal([413, malformed]);
        if (path !== '/user/setting') expect((await by.call(method, path, body(16 * 1024))).status).to.equal(200);
      });

      it(`is a validation failure where it is no object: ${method} ${path}`, async () => {
        for (const body of [
          '[]',
          '[{"provider":2}]',
          'null',
          '1',
          '"text"',
          'true',
          '{',
          '{"provider":',
          '{} {}',
          "{'a':1}",
          '[['.repeat(2000),
          '\u0000',
        ]) {
          const answer = await by.call(method, path, body);
          expect([answer.status, failed(answer, path)], body.slice(0, 20)).to.deep.equal([200, malformed]);
        }
        const nothing = await by.call(method, path);
        if (path !== '/user/setting') expect(failed(nothing, path), 'no body').to.equal(malformed);
      });
    }

    it('is 413 in pieces too, where no length was announced', async () => {
      const piece = new TextEncoder().encode('x'.repeat(1024));
      let pieces = 0;
      const body = new ReadableStream({
        pull(controller) {
          pieces += 1;
          if (pieces > 40) controller.close();
          else controller.enqueue(piece);
        },
      });
      const answer = await fetch(`${by.base}/session/openid`, {
        ...{ method: 'POST', body, duplex: 'half' },
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).to.equal(413);
    });

    it('of another letter case or charset is JSON all the same', async () => {
      for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8']) {
        expect(codeOf(await by.call('PUT', '/session/openid', '{"provider":2}', { headers: { 'content-type': type } })), type).to.equal(0);
      }
    });
  });

  describe('and an unlink in any dialect', () => {
    const CALLS = {
      Cloudreve: [(by: ApiClient) => by.unlink('google'), 'cloudreve-unlink'],
      'BIO.RE': [(by: ApiClient) => by.bioreUnlink('google'), 'biore-unlink'],
      GenAuth: [(by: ApiClient) => by.genauthUnlink(extIdpId('google')), 'genauth-common-response'],
    } as const;

    for (const [dialect, [unlink, answerName]] of Object.entries(CALLS)) {
      it(`of ${dialect} answers as documented, is written down once and mailed once`, async () => {
        const who = person();
        const by = await signIn(who);
        await by.link('oidc', stage.providers.oidc, person());
        const id = await userIdOf(stage, who);
        const answer = await unlink(by);
        expect(answer.status).to.equal(200);
        expectAnswer(answerName, answer.json);
        const audit = await stage.query<{ provider: string }>(
          "SELECT provider FROM audit_events WHERE event LIKE 'auth.oauth.unlink.%' AND user_id = :id",
          { id },
        );
        expect(audit).to.deep.equal([{ provider: 'google' }]);
        const mails = await stage.query<{ message: string }>('SELECT message FROM outbox_messages WHERE message LIKE :to', {
          to: `%${who.email}%`,
        });
        expect(mails.filter(({ message }) => message.includes('unlinked'))).to.have.length(1);
        expect(await by.linked()).to.deep.equal([2]);
      });
    }

    it('leaves one way in when all are asked for at once, one in each dialect', async () => {
      const members = await Promise.all(
        Array.from({ length: 8 }, async () => (await signIn()).link('oidc', stage.providers.oidc, person())),
      );
      for (const by of members) {
        const [one, two] = await Promise.all([by.unlink('google'), by.genauthUnlink(extIdpId('oidc'))]);
        expect([codeOf(one), two.json?.statusCode]).to.deep.oneOf([
          [0, 422],
          [40084, 200],
        ]);
        expect(await by.linked()).to.have.length(1);
      }
    });
  });
});
