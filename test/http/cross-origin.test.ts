// Scripts of other origins read what the host lets them read; and bodies that no client of ours sends break nothing.

import { expect } from 'chai';
import type { ApiClient, BrowserClient } from '../support/client.js';
import { request } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { PASSWORD } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const ALLOWED = 'https://app.example';
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

const OTHERS = [
  ...['https://evil.example', 'null', 'https://APP.example', `${ALLOWED}:443`, `${ALLOWED}.`, `${ALLOWED}/`, `${ALLOWED}.evil.example`],
  ...['http://app.example', 'https://sub.app.example', 'https://evil-app.example', `${ALLOWED}, https://evil.example`, '*', ''],
];

/** By the vendors' scripts, by tracing, and by whoever comes next. */
const ASKED =
  'authorization, content-type, traceparent, x-authing-app-id, x-authing-request-from, x-authing-sdk-version, x-cr-correlation-id, x-whatever';

/** Every path that scripts call. */
const PATHS = [
  ...['/session/openid', '/session/openid/google', '/user/setting', '/session/token', '/session/token/refresh', '/user'],
  ...[
    '/api/v4/session/openid',
    '/site/config/login',
    '/site/config/basic',
    '/session/prepare',
    '/user/me',
    '/api/v3/get-extidps',
    '/api/v1/auth/oauth/unlink/google',
    '/api/v3/unlink-extidp',
  ],
  ...['/api/v3/get-identities', '/api/v3/get-application-enabled-extidps', '/api/v3/generate-link-extidp-url', '/auth/me', '/auth/logout'],
  ...['login', 'refresh', 'logout', 'me', 'change-password', 'sessions', 'sessions/revoke-all'].map((path) => `/api/v1/auth/${path}`),
  ...['providers', 'login', 'link'].map((path) => `/api/v1/auth/oauth/${path}`),
];

const JSON_CALLS = [
  ...([
    'PUT /session/openid',
    'POST /session/openid',
    'POST /session/token',
    'POST /session/token/refresh',
    'DELETE /session/token',
  ] as const),
  ...(['POST /user', 'PATCH /user/setting', 'POST /api/v3/unlink-extidp', 'PUT /api/v4/session/openid'] as const),
  ...(['POST /api/v1/auth/login', 'POST /api/v1/auth/change-password', 'POST /api/v1/auth/oauth/login'] as const),
  'POST /api/v1/auth/oauth/link',
];

const FORM_CALLS = [
  ...['POST /auth/password', 'POST /account/connections/password', 'POST /account/connections/password/remove'],
  ...['POST /account/connections/logto/link', 'POST /account/connections/oidc/unlink', 'POST /callback/openid/google'],
  ...['POST /account/move', 'POST /account/sessions/end-others'],
];

describe('From wherever a request comes', () => {
  let stage: Stage;
  let browser: BrowserClient;
  let client: ApiClient;

  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { allowedOrigins: [ALLOWED] } });
    const who = person();
    browser = stage.browser();
    await browser.signIn('oidc', stage.providers.oidc, who);
    client = await stage.client().signIn('oidc', stage.providers.oidc, who);
    expect((await client.setPassword(PASSWORD)).json?.code).to.equal(0);
    await browser.signIn('oidc', stage.providers.oidc, who);
  });
  after(() => stage.close());

  const at = (path: string) => stage.client().base + path;
  const cookie = () => `latchkey-session=${browser.cookies.get('latchkey-session')}`;
  const preflight = (path: string, origin: string) => {
    const headers = { origin, 'access-control-request-method': 'DELETE', 'access-control-request-headers': ASKED };
    return request(at(path), { method: 'OPTIONS', headers });
  };

  it('an origin that the host has named may ask', async () => {
    for (const path of PATHS) {
      const { status, headers } = await preflight(path, ALLOWED);
      expect([status, headers.get('access-control-allow-origin')], path).to.deep.equal([204, ALLOWED]);
      expect(headers.get('access-control-allow-credentials')).to.equal('true');
      for (const verb of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) expect(headers.get('access-control-allow-methods')).to.include(verb);
      const allowed = (headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/,\s*/);
      expect(allowed).to.include.members(ASKED.split(', '));
      expect(headers.get('vary')).to.match(/\borigin\b/i);
    }
  });

  it('no other origin may ask or read', async () => {
    for (const path of PATHS) {
      for (const origin of OTHERS) {
        expect((await preflight(path, origin)).headers.get('access-control-allow-origin'), `${path} for ${origin}`).to.equal(null);
        const { headers } = await request(at(path), { method: 'GET', headers: { origin, cookie: cookie() } });
        expect(headers.get('access-control-allow-origin'), `GET ${path} for ${origin}`).to.equal(null);
      }
      expect((await preflight(path, OTHERS[0] ?? '')).headers.get('vary'), 'a cache must not mix them up').to.match(/\borigin\b/i);
    }
    for (const path of ['/auth/me', '/user/setting', '/api/v3/get-identities']) {
      expect((await request(at(path), { method: 'GET' })).headers.get('vary'), path).to.match(/\borigin\b/i);
    }
  });

  it('the named origin reads every answer, also of what failed', async () => {
    const token = { authorization: `Bearer ${client.token}` };
    const calls: readonly (readonly [string, string, Fields, number, string?])[] = [
      ['GET', '/auth/me', { cookie: cookie() }, 200],
      ['GET', '/auth/me', {}, 401],
      ['GET', '/user/setting', token, 200],
      ['DELETE', '/session/openid/nobody', { cookie: cookie() }, 200],
      ['DELETE', '/api/v1/auth/oauth/unlink/x', { cookie: cookie() }, 400],
      ['DELETE', '/api/v1/auth/oauth/unlink/google', {}, 401],
      ['GET', '/api/v3/get-identities', {}, 200],
      ['PUT', '/session/openid', { 'content-type': 'text/plain' }, 415, 'x'],
      ['PATCH', '/user/setting', token, 413, JSON.stringify({ nick: 'x'.repeat(17_000) })],
    ];
    for (const [method, path, headers, expected, body] of calls) {
      const answer = await request(at(path), { method, body, headers: { ...headers, origin: ALLOWED, 'sec-fetch-site': 'cross-site' } });
      expect([answer.status, answer.headers.get('access-control-allow-origin')], `${method} ${path}`).to.deep.equal([expected, ALLOWED]);
      expect(answer.headers.get('access-control-allow-credentials')).to.equal('true');
      const exposed = (answer.headers.get('access-control-expose-headers') ?? '').split(/,\s*/);
      expect(exposed).to.include.members(['RateLimit', 'RateLimit-Policy', 'Retry-After']);
    }
  });

  /** As our own page would send it. */
  function post(call: string, body: string | undefined, headers: Fields) {
    const [method = '', path = ''] = call.split(' ');
    const own = { cookie: cookie(), origin: stage.client().base, 'sec-fetch-site': 'same-origin', accept: 'text/html,application/json' };
    return request(at(path), { method, body, headers: { ...own, ...headers } });
  }

  /** Our own failure, and not the host's or a crash. */
  const said = ({ status, json }: Awaited<ReturnType<typeof post>>) => [status, json?.code ?? json?.statusCode ?? json?.error?.code];

  it('a body is taken in the one type that is documented', async () => {
    for (const type of [
      'text/plain',
      FORM,
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'application/json-patch+json',
      'text/json',
      '',
    ]) {
      for (const call of JSON_CALLS) {
        expect(said(await post(call, '{"a":1}', { 'content-type': type })), `${call} ${type}`).to.be.deep.oneOf([
          [415, 40001],
          [415, 400],
          [415, 'AUTH_VALIDATION_FAILED'],
        ]);
      }
    }
    for (const type of [JSON_TYPE, 'text/plain', 'multipart/form-data; boundary=x', `${FORM}; charset=utf-7`, '']) {
      for (const call of FORM_CALLS) {
        const answer = await post(call, 'a=b', { 'content-type': type });
        expect([answer.status, answer.headers.get('content-type')], `${call} ${type}`).to.deep.equal([415, 'text/html; charset=utf-8']);
      }
    }
  });

  it('a body has its limit', async () => {
    for (const call of JSON_CALLS) {
      const long = JSON.stringify({ padding: 'x'.repeat(16 * 1024) });
      expect((await post(call, long, { 'content-type': JSON_TYPE })).status, call).to.equal(413);
    }
    for (const call of FORM_CALLS)
      expect((await post(call, `a=${'x'.repeat(16 * 1024)}`, { 'content-type': FORM })).status, call).to.equal(413);
  });

  it('a body that is not the documented object is refused as such', async () => {
    const bodies = ['null', '[]', '[1]', '""', '"x"', '0', 'true', '{', '', '{}', '{"__proto__":{"provider":0}}', '{"provider":{"a":1}}'];
    const hostile = [
      '{"provider":["google"],"email":[],"extIdpId":{},"refresh_token":1,"new_password":{},"code":1}',
      '\u0000',
      '"\\ud800"',
    ];
    for (const call of JSON_CALLS) {
      for (const body of [...bodies, ...hostile]) {
        const answer = await post(call, body, { 'content-type': JSON_TYPE });
        const isSettings = call.startsWith('PATCH') && /^\{(?!"provider":\[)./.test(body);
        expect(said(answer), `${call} ${body}`).to.be.deep.oneOf(
          isSettings
            ? [[200, 0]]
            : [
                [200, 40001],
                [200, 400],
                [400, 'AUTH_VALIDATION_FAILED'],
              ],
        );
      }
    }
  });

  it('a form that is not the documented one changes nothing', async () => {
    const forms = [
      '',
      'a',
      '=',
      '&&&',
      '%',
      '%zz=%zz',
      'new_password',
      'new_password=',
      'new_password=a&new_password=b',
      'new_password[x]=long enough',
    ];
    const more = [
      '__proto__=x',
      'toString=x',
      `new_password=${'x'.repeat(129)}`,
      'email=a%00b&password=abcd',
      'email[]=a@b.example&password=abcd',
    ];
    const before = await stage.query('SELECT email, password_hash FROM users');
    for (const call of FORM_CALLS.slice(0, 3)) {
      for (const form of [...forms, ...more]) {
        const answer = await post(call, form, { 'content-type': FORM });
        expect(answer.status, `${call} ${form}: ${answer.text.slice(0, 200)}`).to.be.oneOf([400, 401, ...(form === '' ? [415] : [])]);
        expect(answer.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      }
    }
    expect(await stage.query('SELECT email, password_hash FROM users')).to.deep.equal(before);
    expect((await browser.me()).status).to.equal(200);
  });

  it('a compressed or chunked body is read like any other', async () => {
    for (const call of [...JSON_CALLS, ...FORM_CALLS]) {
      for (const encoding of ['gzip', 'deflate', 'br', 'nonsense']) {
        const type = JSON_CALLS.some((each) => each === call) ? JSON_TYPE : FORM;
        const answer = await post(call, '{"a":1}', { 'content-type': type, 'content-encoding': encoding });
        expect(answer.json?.code ?? answer.json?.statusCode ?? answer.status, `${call} ${encoding}`).to.be.oneOf([400, 415, 40001]);
      }
    }
  });
});
