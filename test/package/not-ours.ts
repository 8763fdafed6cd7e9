// Requests that are none of the plugin's business, however near they come to it: a host answers them as it did without it.

import { expect } from 'chai';
import { type HttpAnswer, request } from '../support/http-request.js';
import type { HostProcess } from './host-process.js';
import type { Scene } from './host-suite.js';

interface HostRequest {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const MEGABYTE = 1024 * 1024;
/** JSON of exactly so many bytes. */
const jsonOf = (bytes: number) => JSON.stringify(['x'.repeat(bytes - 4)]);

const NOT_OURS: readonly HostRequest[] = [
  { title: 'its front page', method: 'GET', path: '/' },
  { title: 'HEAD of its front page', method: 'HEAD', path: '/' },
  { title: 'its own 404', method: 'GET', path: '/nowhere' },
  { title: 'OPTIONS of a path nobody has', method: 'OPTIONS', path: '/nowhere' },
  { title: 'JSON of 1 MB', method: 'POST', path: '/api/import', body: jsonOf(MEGABYTE) },
  { title: 'JSON beyond its own limit', method: 'POST', path: '/api/import', body: jsonOf(MEGABYTE + 1) },
  { title: 'JSON that is broken', method: 'POST', path: '/api/import', body: '{"a":' },
  { title: 'an empty body', method: 'POST', path: '/api/import' },
  { title: 'a text that nobody parses', method: 'POST', path: '/api/import', body: 'hello', headers: { 'content-type': 'text/plain' } },
  { title: 'a form', method: 'POST', path: '/contact', body: new URLSearchParams({ name: 'Ann' }) },
  { title: 'a Bearer token for its own pages', method: 'GET', path: '/', headers: { authorization: 'Bearer of-somebody-else' } },
  { title: '/session/openidX', method: 'GET', path: '/session/openidX' },
  { title: 'PUT /session/openidX', method: 'PUT', path: '/session/openidX', body: { provider: 2 } },
  { title: '/session', method: 'GET', path: '/session' },
  { title: 'another method on /session/openid', method: 'GET', path: '/session/openid' },
  { title: 'a path below an unlink', method: 'DELETE', path: '/session/openid/2/more' },
  { title: '/callback/openid/unknown', method: 'GET', path: '/callback/openid/unknown?code=a&state=b' },
  { title: '/callback/openid', method: 'GET', path: '/callback/openid' },
  { title: 'a form for a callback of nobody', method: 'POST', path: '/callback/openid/unknown', body: new URLSearchParams({ code: 'a' }) },
  { title: '/auth of a provider it has not', method: 'GET', path: '/auth/unknown' },
  { title: 'a neighbour of BIO.RE', method: 'DELETE', path: '/api/v1/auth/oauth/unlink' },
  { title: 'a neighbour of GenAuth', method: 'GET', path: '/api/v3/get-identity' },
  {
    title: 'calls of local accounts, which are off',
    method: 'POST',
    path: '/session/token',
    body: { email: 'a@b.test', password: 'secret' },
  },
  { title: 'a path that cannot be decoded', method: 'GET', path: '/%zz' },
];

/** What must be the same with and without the plugin: all but the date, and which session it is. */
function fingerprint({ status, headers, text }: HttpAnswer) {
  const kept = [...headers].filter(([name]) => name !== 'date');
  const masked = kept.map(([name, value]) => [name, name === 'set-cookie' ? value.replace(/=[^;]*/, '=…') : value]);
  return { status, headers: Object.fromEntries(masked), text };
}

/** The app beside itself without the plugin. */
export function leavesAlone(scene: () => Scene): void {
  let bare: HostProcess;

  before('start the app without the plugin', async () => {
    bare = await scene().start({ SOCIAL_SIGN_IN: 'off' });
  });
  after(() => bare?.stop());

  for (const { title, method, path, ...rest } of NOT_OURS) {
    it(`leaves to the host: ${title}`, async () => {
      const [withPlugin, without] = await Promise.all([scene().app, bare].map(({ base }) => request(base + path, { method, ...rest })));
      if (withPlugin === undefined || without === undefined) throw new TypeError('Two requests have two answers');
      expect(fingerprint(withPlugin)).to.deep.equal(fingerprint(without));
    });
  }
}
