// Every documented call that needs storage, and how each dialect says that storage is out of reach.

import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type FaultUser, PASSWORD } from './fault-stage.js';
import type { HttpAnswer } from './http-request.js';

type Dialect = 'cloudreve' | 'biore' | 'genauth' | 'browser' | 'page';

export interface FaultCall {
  readonly name: string;
  readonly dialect: Dialect;
  /** Where Redis is used, this call needs it too. */
  readonly needsRedis: boolean;
  send(user: FaultUser): Promise<HttpAnswer>;
}

const GOOGLE_EXT_IDP = createHash('sha256').update('google').digest('hex').slice(0, 24);
const BACK = { code: 'a-code', state: 'c4a1c2de-7f3b-4c5e-9a53-0f7f4f3c6d10' };
const BROWSER = { headers: { cookie: `latchkey-flow=${'A'.repeat(43)}`, authorization: '', accept: 'text/html' } };
const ANYONE = { headers: { authorization: '' } };

/** A flow that the callback would finish itself. */
const BROWSER_BACK = { code: 'a-code', state: 'c4a1c2de-7f3b-8c5e-9a53-0f7f4f3c6d10' };

const script = ({ base, cookie }: FaultUser) => ({ headers: { cookie, origin: new URL(base).origin, authorization: '' } });
const navigation = (user: FaultUser) => ({ headers: { ...script(user).headers, accept: 'text/html' } });

const linkUrl = (token: string) =>
  `/api/v3/generate-link-extidp-url?${new URLSearchParams({ ext_idp_conn_identifier: 'oidc', app_id: 'app', id_token: token })}`;

export const CALLS: readonly FaultCall[] = [
  {
    name: 'prepare',
    dialect: 'cloudreve',
    needsRedis: true,
    send: (user) => user.call('PUT', '/session/openid', { provider: 'google' }, ANYONE),
  },
  { name: 'prepare a link', dialect: 'cloudreve', needsRedis: true, send: (user) => user.prepare('oidc', { linking: true }) },
  { name: 'finish', dialect: 'cloudreve', needsRedis: true, send: (user) => user.finish('google', BACK) },
  {
    name: 'finish for nobody yet',
    dialect: 'cloudreve',
    needsRedis: true,
    send: (user) => user.call('POST', '/session/openid', { code: BACK.code, session_id: BACK.state, provider_id: 'google' }, ANYONE),
  },
  {
    name: 'the callback page',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('GET', `/callback/openid/google?${new URLSearchParams(BACK)}`, undefined, BROWSER),
  },
  { name: 'unlink', dialect: 'cloudreve', needsRedis: true, send: (user) => user.unlink('google') },
  { name: 'unlink in BIO.RE', dialect: 'biore', needsRedis: true, send: (user) => user.bioreUnlink('google') },
  { name: 'unlink in GenAuth', dialect: 'genauth', needsRedis: true, send: (user) => user.genauthUnlink(GOOGLE_EXT_IDP) },
  { name: 'list identities', dialect: 'genauth', needsRedis: false, send: (user) => user.identities() },
  { name: 'make a one-time link', dialect: 'genauth', needsRedis: true, send: (user) => user.call('GET', linkUrl(user.token ?? '')) },
  {
    name: 'sign in by password',
    dialect: 'cloudreve',
    needsRedis: true,
    send: (user) => user.call('POST', '/session/token', { email: user.email, password: PASSWORD }),
  },
  { name: 'refresh', dialect: 'cloudreve', needsRedis: true, send: (user) => user.refresh() },
  {
    name: 'sign out',
    dialect: 'cloudreve',
    needsRedis: false,
    send: (user) => user.call('DELETE', '/session/token', { refresh_token: user.refreshToken }),
  },
  {
    name: 'sign in to BIO.RE',
    dialect: 'biore',
    needsRedis: true,
    send: (user) => user.call('POST', '/api/v1/auth/login', { email: user.email, password: PASSWORD }),
  },
  {
    name: 'refresh in BIO.RE',
    dialect: 'biore',
    needsRedis: true,
    send: (user) => user.call('POST', '/api/v1/auth/refresh', { refreshToken: user.refreshToken }),
  },
  { name: 'who is signed in to BIO.RE', dialect: 'biore', needsRedis: true, send: (user) => user.call('GET', '/api/v1/auth/me') },
  { name: 'list the sessions', dialect: 'biore', needsRedis: true, send: (user) => user.call('GET', '/api/v1/auth/sessions') },
  {
    name: 'end the other sessions',
    dialect: 'biore',
    needsRedis: true,
    send: (user) => user.call('POST', '/api/v1/auth/sessions/revoke-all'),
  },
  {
    name: 'sign out of BIO.RE',
    dialect: 'biore',
    needsRedis: true,
    send: (user) => user.call('POST', '/api/v1/auth/logout', { refreshToken: user.refreshToken }),
  },
  {
    name: 'hand in an ID token',
    dialect: 'biore',
    needsRedis: true,
    send: async (user) => user.call('POST', '/api/v1/auth/oauth/login', { provider: 'google', idToken: await user.idToken() }, ANYONE),
  },
  {
    name: 'open the page of sessions',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('GET', '/account/sessions', undefined, navigation(user)),
  },
  { name: 'sign up', dialect: 'cloudreve', needsRedis: true, send: (user) => user.signUp(`new-${user.email}`, PASSWORD) },
  {
    name: 'ask for a link to set a new password',
    dialect: 'biore',
    needsRedis: true,
    send: (user) => user.call('POST', '/api/v1/auth/forgot-password', { email: user.email }),
  },
  {
    name: 'ask for a link that proves the address',
    dialect: 'biore',
    needsRedis: true,
    send: (user) => user.call('POST', '/api/v1/auth/resend-verification', { email: user.email }),
  },
  {
    name: 'register',
    dialect: 'biore',
    needsRedis: true,
    send: (user) =>
      user.call('POST', '/api/v1/auth/register', {
        ...{ email: `newer-${user.email}`, password: `${PASSWORD} With 1`, acceptedTerms: true, acceptedPrivacy: true },
      }),
  },
  {
    name: 'ask for a link in Cloudreve',
    dialect: 'cloudreve',
    needsRedis: true,
    send: (user) => user.call('POST', '/user/reset', { email: user.email }),
  },
  { name: 'read the settings', dialect: 'cloudreve', needsRedis: false, send: (user) => user.setting() },
  {
    name: 'change the nickname',
    dialect: 'cloudreve',
    needsRedis: false,
    send: (user) => user.call('PATCH', '/user/setting', { nick: 'Nick' }),
  },
  {
    name: 'change the password',
    dialect: 'cloudreve',
    needsRedis: true,
    send: (user) => user.setPassword('another long passphrase', PASSWORD),
  },
  { name: 'remove the password', dialect: 'cloudreve', needsRedis: true, send: (user) => user.removePassword(PASSWORD) },
  {
    name: 'set out from a browser',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('GET', '/auth/google', undefined, BROWSER),
  },
  {
    name: 'come back to a browser',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('GET', `/callback/openid/google?${new URLSearchParams(BROWSER_BACK)}`, undefined, BROWSER),
  },
  {
    name: 'ask who a browser is',
    dialect: 'browser',
    needsRedis: true,
    send: (user) => user.call('GET', '/auth/me', undefined, script(user)),
  },
  {
    name: 'open the connections page',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('GET', '/account/connections', undefined, navigation(user)),
  },
  {
    name: 'unlink on the page',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('POST', '/account/connections/google/unlink', undefined, navigation(user)),
  },
  {
    name: 'unlink by a cookie',
    dialect: 'cloudreve',
    needsRedis: true,
    send: (user) => user.call('DELETE', '/session/openid/google', undefined, script(user)),
  },
  {
    name: 'sign a browser in by password',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('POST', '/auth/password', new URLSearchParams({ email: user.email, password: PASSWORD }), navigation(user)),
  },
  {
    name: 'sign a browser out',
    dialect: 'page',
    needsRedis: true,
    send: (user) => user.call('POST', '/auth/logout', undefined, navigation(user)),
  },
];

/** The part of an answer that the contract fixes for storage out of reach. */
function said(dialect: Dialect, { status, json, text }: HttpAnswer): unknown {
  switch (dialect) {
    case 'cloudreve':
      return { status, code: json?.code };
    case 'biore':
      return { status, i18nKey: json?.error?.i18nKey };
    case 'genauth':
      return { status, statusCode: json?.statusCode };
    case 'browser':
      return { status, code: json?.error?.code };
    case 'page':
      return { status, says: text.includes('This is not available at the moment.') };
  }
}

const UNAVAILABLE: Readonly<Record<Dialect, unknown>> = {
  cloudreve: { status: 503, code: 50001 },
  biore: { status: 503, i18nKey: 'common.unavailable' },
  genauth: { status: 503, statusCode: 503 },
  browser: { status: 503, code: 'unavailable' },
  page: { status: 503, says: true },
};

export interface TimedAnswer {
  readonly call: FaultCall;
  readonly answer: HttpAnswer;
  readonly ms: number;
}

export async function timed(call: FaultCall, user: FaultUser): Promise<TimedAnswer> {
  const begun = performance.now();
  const answer = await call.send(user);
  return { call, answer, ms: Math.round(performance.now() - begun) };
}

export function expectUnavailable({ call, answer, ms }: TimedAnswer, withinMs: number): void {
  expect(said(call.dialect, answer), `${call.name}: ${answer.text}`).to.deep.equal(UNAVAILABLE[call.dialect]);
  expect(answer.headers.get('cache-control'), call.name).to.equal('no-store');
  expect(ms, call.name).to.be.below(withinMs);
}

/** A fault that nobody translated. */
export function isInternal({ answer: { status, json } }: TimedAnswer): boolean {
  return status === 500 || json?.code === (-1 as unknown);
}
