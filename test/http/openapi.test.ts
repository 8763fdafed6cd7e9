// The description of what an app serves: whole, valid, and of nothing else.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { fileTransport, type LatchkeyOptions } from '../../lib/index.js';
import { OPERATIONS } from '../../routes/openapi/served.js';
import { holdToDescription } from '../support/described-answers.js';
import { hostScene } from '../support/host-scene.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { newFolder } from '../support/run-folder.js';
import { startServer } from '../support/server.js';
import { createDatabase } from '../support/services.js';
import { openTestHost, type TestHost, type TestHostOptions } from '../support/test-host.js';

interface Call {
  readonly operationId?: string;
  readonly 'x-same-as'?: string;
}

interface Description {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Call>>>>;
}

const callsOf = ({ paths }: Description) => Object.values(paths).flatMap((item) => Object.values(item));
const idsOf = (description: Description) => callsOf(description).flatMap(({ operationId }) => operationId ?? []);

describe('The description of an app', () => {
  const scene = hostScene();
  const open = (plugin: Partial<LatchkeyOptions>, more: Partial<TestHostOptions> = {}): Promise<TestHost> =>
    scene.closing(openTestHost({ providers: scene, plugin, ...more }));
  const everything = (): Partial<LatchkeyOptions> => ({
    openApi: true,
    localAccounts: true,
    metrics: true,
    signUp: { invites: true },
    mail: { transport: fileTransport(newFolder('mail')), from: 'no-reply@example.test' },
    paths: { startPage: '/' },
  });

  async function descriptionOf({ base }: Pick<TestHost, 'base'>, path = '/openapi.json'): Promise<Description> {
    const answer = await request(base + path, { method: 'GET' });
    expect(answer.status, answer.text.slice(0, 300)).to.equal(200);
    return answer.json as unknown as Description;
  }

  it('tells of every call there is, each once, and is sound OpenAPI 3.1', async () => {
    const description = await descriptionOf(await open(everything()));
    const known = Object.values(OPERATIONS).flatMap((operations) => Object.values(operations).map(({ id }) => id));
    expect(idsOf(description).toSorted()).to.deep.equal(known.toSorted());
    expect(new Set(known).size).to.equal(known.length);
    expect(await new Validator().validate(JSON.parse(JSON.stringify(description)))).to.deep.equal({ valid: true });
  });

  it('tells of what this app serves, at the paths where it does', async () => {
    const few = await descriptionOf(await open({ openApi: true }));
    expect(idsOf(few)).to.include.members(['prepareSignIn', 'unlink', 'bioreUnlink', 'genauthUnlink', 'showConnections', 'callback']);
    for (const id of ['signUp', 'bioreLogin', 'showForgot', 'showSessions', 'followInvitation', 'getMetrics', 'showSignIn'])
      expect(idsOf(few)).not.to.include(id);
    expect(few.paths['/api/v4/session/openid']?.put?.['x-same-as']).to.equal('/session/openid');

    const paths = { mount: '/v2', cloudreve: ['/social'], biore: ['/old'], genauth: ['/g'], browser: ['/me'], callback: '/done' };
    const moved = await open({ ...everything(), paths }, { mount: (app, { keys }) => app.use('/v2', keys.router) });
    const description = await descriptionOf(moved, '/v2/openapi.json');
    expect(description.servers).to.deep.equal([{ url: `${moved.base}/v2` }]);
    expect(Object.keys(description.paths)).to.include.members([
      ...['/social/session/openid', '/old/auth/oauth/unlink/{provider}', '/g/unlink-extidp'],
      ...['/me/auth/me', '/me/account/connections/{provider}/unlink', '/done/{segment}', '/done/assets/page.css'],
    ]);
  });

  it('leads to calls that the app answers, all of them', async () => {
    const host = await open(everything());
    const { paths } = await descriptionOf(host);
    for (const [path, item] of Object.entries(paths))
      for (const method of Object.keys(item)) {
        const answer = await request(host.base + path.replace(/\{\w+\}/g, 'google'), { method: method.toUpperCase() });
        expect(answer.text, `${method} ${path}`).not.to.equal('Nothing here');
      }
  });

  it('is the host’s to want: without the option its paths are the host’s', async () => {
    const host = await open({});
    for (const path of ['/openapi.json', '/openapi'])
      expect((await request(host.base + path, { method: 'GET' })).text, path).to.equal('Nothing here');
    const wrong = await open({ openApi: { paths: { 'no-slash': {} } } }).catch((error: unknown) => String(error));
    expect(wrong).to.match(/openApi: expected true, false or \{ paths \}/);
  });

  it('is a page for people, too, with no script and under a strict policy', async () => {
    const own = { '/orders': { get: { operationId: 'listOrders', summary: 'The <orders>', responses: { 200: { description: 'All.' } } } } };
    const host = await open({ openApi: { paths: own } });
    expect(idsOf(await descriptionOf(host))).to.include('listOrders');
    const page = await request(`${host.base}/openapi`, { method: 'GET', headers: { accept: 'text/html' } });
    expect(page.headers.get('content-security-policy')).to.match(/^default-src 'none';style-src 'self';/);
    expect(page.text)
      .to.include('<code>DELETE /session/openid/{provider_id}</code>')
      .and.include('Also at <code>/api/v4/session/openid</code>')
      .and.include('<code>40084</code>: This is your only sign-in method.')
      .and.not.match(/<script|style=|<orders>/);
  });

  it('is read by scripts of allowed origins only', async () => {
    const host = await open({ openApi: true, allowedOrigins: ['https://docs.example.test'] });
    const from = async (origin: string) =>
      (await request(`${host.base}/openapi.json`, { method: 'GET', headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await from('https://docs.example.test')).to.equal('https://docs.example.test');
    expect(await from('https://evil.test')).to.equal(null);
  });

  it('is served by the standalone server with its own health, unless its file says no', async () => {
    const database = await createDatabase('sqlite');
    const start = (config: object) => startServer({ databaseUrl: database.url, config: { ...config }, env: { LOG_LEVEL: 'warn' } });
    const [on, off] = [await start({}), await start({ openApi: false })];
    try {
      expect(Object.keys((await descriptionOf({ base: on.base })).paths)).to.include.members(['/healthz', '/readyz', '/session/openid']);
      expect((await request(`${off.base}/openapi.json`, { method: 'GET' })).status).to.equal(404);
    } finally {
      await Promise.all([on.stop(), off.stop()]);
      await database.drop();
    }
  });
});

describe('An answer that the description does not tell of fails its test:', () => {
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  });
  const base = 'http://127.0.0.1';
  const failure = { code: 40084, msg: 'no', correlation_id: 'b4351ecc-ee1a-4455-bc94-2c3dbcc58538' };
  const answer = (json: unknown, status = 200): HttpAnswer => ({ status, headers, text: JSON.stringify(json), json: json as never });
  const held = (method: string, path: string, given: HttpAnswer) => () => holdToDescription(method, base + path, given);

  it('but one that it tells of does not', () => {
    expect(held('DELETE', '/session/openid/2', answer({ code: 0, msg: '' }))).not.to.throw();
    expect(held('DELETE', '/shop/session/openid/google', answer(failure))).not.to.throw();
  });

  for (const [what, method, path, given] of [
    ['its path', 'DELETE', '/session/openid/2/more', answer({ code: 0, msg: '' })],
    ['its method', 'PATCH', '/session/openid/2', answer({ code: 0, msg: '' })],
    ['its status', 'DELETE', '/session/openid/2', answer(failure, 404)],
    ['a member too many', 'DELETE', '/session/openid/2', answer({ code: 0, msg: '', data: {} })],
    ['a member too few', 'DELETE', '/session/openid/2', answer({ code: 0 })],
    ['a code of another call', 'DELETE', '/session/openid/2', answer({ ...failure, code: 40032 })],
    ['another dialect', 'DELETE', '/session/openid/2', answer({ success: true })],
  ] as const)
    it(what, () => {
      expect(held(method, path, given)).to.throw(/OpenAPI document/);
    });

  it('also where it comes by plain fetch', async () => {
    const server = createServer((_req, res) => void res.writeHead(200, Object.fromEntries(headers)).end('{"code":0}')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/session/openid/2`;
    const said = await fetch(url, { method: 'DELETE' }).then(String, String);
    server.close();
    expect(said).to.match(/OpenAPI document tells of DELETE/);
  });
});
