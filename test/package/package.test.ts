// The package as people get it: what is in the tarball, and that hosts of two ages can live with it.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FINISH_SCRIPT, PAGE_ICON, PAGE_STYLE, TELL_OPENER_SCRIPT } from '../../lib/pages/assets.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { newFolder } from '../support/run-folder.js';
import { describeFirstHour } from './first-hour.js';
import { type HostProcess, startHost } from './host-process.js';
import { installInto, link, type Manifest, type PackedPlugin, PROJECT_ROOT, packPlugin, readJson, unpackInto } from './packed-plugin.js';
import { describeSqliteDrivers } from './sqlite-drivers.js';

const run = promisify(execFile);

/** Whatever a shell command said and how it ended. */
async function outcomeOf(program: string, args: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  try {
    const { stdout, stderr } = await run(program, [...args]);
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code, said: `${stdout}${stderr}` };
  }
}

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

/** Requests that are none of the plugin's business, however near they come to it. */
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

interface Host {
  /** Where it is installed. */
  readonly project: string;
  readonly script: string;
}

/** A host that serves, and the two providers it knows. */
interface Scene {
  readonly app: HostProcess;
  readonly oidc: OpenIdProvider;
  readonly google: OpenIdProvider;
}

interface HostSuite {
  readonly title: string;
  readonly plugin: () => PackedPlugin;
  /** Undefined where it cannot be installed. */
  prepare(plugin: PackedPlugin): Promise<Host | undefined>;
  /** What only this host can show. */
  further?(scene: () => Scene): void;
}

/** The same expectations for every host. */
function describeHost({ title, plugin: packed, prepare, further }: HostSuite): void {
  describe(title, () => {
    let host: Host;
    let app: HostProcess;
    let bare: HostProcess;
    let oidc: OpenIdProvider;
    let google: OpenIdProvider;

    async function start(env: Readonly<Record<string, string>> = {}): Promise<HostProcess> {
      const { clientId, clientSecret } = oidc;
      return startHost(host.project, host.script, {
        PORT: String(await freePort()),
        DATABASE_FILE: join(newFolder('host'), 'host.sqlite'),
        SESSION_SECRET: 'a secret for tests',
        LATCHKEY_SECRET: 'a secret for tests that is long enough',
        OIDC_ISSUER: oidc.issuer,
        OIDC_CLIENT_ID: clientId,
        OIDC_CLIENT_SECRET: clientSecret,
        GOOGLE_ISSUER: google.issuer,
        GOOGLE_CLIENT_ID: clientId,
        GOOGLE_CLIENT_SECRET: clientSecret,
        ...env,
      });
    }

    before('install and start', async function () {
      this.timeout(180_000);
      const prepared = await prepare(packed());
      if (prepared === undefined) {
        if (process.env.REQUIRE_SERVICES === '1') throw new Error('the package registry cannot be reached');
        this.skip();
      }
      host = prepared;
      [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
      [app, bare] = await Promise.all([start(), start({ SOCIAL_SIGN_IN: 'off' })]);
    });

    after(async () => {
      await Promise.all([app?.stop(), bare?.stop(), oidc?.close(), google?.close()]);
    });

    it('lets a person sign in, link, look, and unlink all but the last', async () => {
      const somebody = person();
      const client = await new ApiClient(app.base).signIn('oidc', oidc, somebody);
      expect((await client.unlink('oidc')).json?.code).to.equal(40084);
      await client.link('google', google, person());
      expect(await client.linked()).to.deep.equal([2, 'google']);
      expect((await client.unlink('oidc')).json?.code).to.equal(0);
      expect(await client.linked()).to.deep.equal(['google']);
      expect((await client.unlink('google')).json?.code).to.equal(40084);
      const identities = (await client.identities()).json?.data;
      expect(identities).to.have.lengthOf(1);
      expect((await client.bioreUnlink('google')).json?.error).to.include({ i18nKey: 'auth.oauth.only_auth_method' });
      expect((await client.identities()).json?.data).to.deep.equal(identities);
      expect(
        app
          .output()
          .split('\n')
          .filter((line) => /error|warning/i.test(line)),
      ).to.deep.equal([]);
    });

    it("lets the host's own routes ask for a signed-in person, and the host answer those who are not", async () => {
      const client = await new ApiClient(app.base).signIn('oidc', oidc, person());
      const welcome = await client.call('GET', '/api/orders');
      expect(welcome.json).to.have.property('member').that.is.a('string').and.not.empty;
      client.token = undefined;
      const refused = await client.call('GET', '/api/orders');
      expect([refused.status, refused.json]).to.deep.equal([401, { oops: 'Login required' }]);
    });

    it('gives its pages their style, scripts and picture', async () => {
      const files = { 'page.css': PAGE_STYLE, 'finish.js': FINISH_SCRIPT, 'tell-opener.js': TELL_OPENER_SCRIPT, 'icon.svg': PAGE_ICON };
      for (const [name, text] of Object.entries(files)) {
        const answer = await request(`${app.base}/callback/openid/assets/${name}`, { method: 'GET' });
        expect([answer.status, answer.text], name).to.deep.equal([200, text]);
      }
    });

    for (const { title: what, method, path, ...rest } of NOT_OURS) {
      it(`leaves to the host: ${what}`, async () => {
        const [withPlugin, without] = await Promise.all([app, bare].map(({ base }) => request(base + path, { method, ...rest })));
        if (withPlugin === undefined || without === undefined) throw new TypeError('Two requests have two answers');
        expect(fingerprint(withPlugin)).to.deep.equal(fingerprint(without));
      });
    }

    it('gives the same exports to require and to import', async () => {
      const script = `const required = require('express-latchkey');
        import('express-latchkey').then((imported) => {
          const names = Object.keys(imported).filter((name) => name !== 'default' && name !== 'module.exports');
          console.log(JSON.stringify({ names, same: names.every((name) => imported[name] === required[name]) }));
        });`;
      const { stdout, stderr } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: host.project });
      expect(JSON.parse(stdout)).to.deep.equal({
        names: [
          'ConfigurationError',
          'LatchkeyError',
          'fileTransport',
          'latchkey',
          'migrateSchema',
          'permitOf',
          'smtpTransport',
          'sqliteDriver',
        ],
        same: true,
      });
      expect(stderr).to.equal('');
    });

    it('says what to install where a package is missing that not everybody needs', async () => {
      const script = `import { fileTransport, smtpTransport } from 'express-latchkey';
        for (const make of [() => smtpTransport('smtp://127.0.0.1:25'), () => fileTransport('mail')])
          try { make(); console.log('made'); } catch (error) { console.log(error.message); }`;
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: host.project });
      const said = existsSync(join(host.project, 'node_modules/nodemailer'))
        ? 'made'
        : 'Sending mail needs the package nodemailer: run "npm install nodemailer@10"';
      expect(stdout).to.equal(`${said}\n${said}\n`);
    });

    it('gives the same strategies to require and to import', async () => {
      const script = `const required = require('express-latchkey/strategies');
        import('express-latchkey/strategies').then((imported) => {
          const names = Object.keys(imported).filter((name) => name.endsWith('Strategy'));
          console.log(JSON.stringify({ names, same: names.every((name) => imported[name] === required[name]) }));
        });`;
      const { stdout } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: host.project });
      expect(JSON.parse(stdout)).to.deep.equal({
        names: ['AppleStrategy', 'GoogleStrategy', 'LogtoStrategy', 'OpenIDConnectStrategy', 'QQStrategy', 'XStrategy'],
        same: true,
      });
    });

    it('says how the command is used, and fails, when asked for something it does not know', async () => {
      const plugin = join(host.project, 'node_modules/express-latchkey');
      const { bin } = readJson<Manifest>(join(plugin, 'package.json'));
      const [help, typo] = await Promise.all(
        ['--help', 'sevre'].map((argument) => outcomeOf(process.execPath, [join(plugin, bin.latchkey ?? ''), argument])),
      );
      expect([help?.code, typo?.code]).to.deep.equal([0, 2]);
      expect(help?.said).to.match(/^usage: latchkey <command> /);
      expect(typo?.said).to.match(/^latchkey: there is no such command\n\nusage: latchkey <command> /);
    });

    further?.(() => ({ app, oidc, google }));
  });
}

/** A member of the legacy app with a password and a session of the app's own. */
async function member({ app }: Scene): Promise<BrowserClient> {
  const browser = new BrowserClient(app.base);
  const answer = await browser.submit('/register', { mail: person().email, password: 'correct horse' });
  if (answer.status !== 302) throw new Error(`register: ${answer.status} ${answer.text}`);
  return browser;
}

/** What the app's page does: prepares, visits the provider, finishes. */
async function throughProvider(browser: BrowserClient, provider: number | string, at: OpenIdProvider, linking: boolean) {
  const prepared = await browser.call('PUT', '/session/openid', { provider, linking });
  const { code, state } = await at.approve(String(prepared.json?.data));
  return (await browser.call('POST', '/session/openid', { code, session_id: state, provider_id: provider })).json;
}

/** The app's own sessions and the plugin, in both directions. */
function legacySessions(scene: () => Scene): void {
  it("takes the app's own session for linking and unlinking, from its own pages only", async () => {
    const browser = await member(scene());
    expect((await throughProvider(browser, 'google', scene().google, true))?.code).to.equal(0);
    const links = await browser.open('/me/links');
    expect(links.json).to.have.lengthOf(1);
    expect(links.json?.[0]).to.include({ provider: 'google' });
    const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.test' } };
    expect((await browser.call('DELETE', '/session/openid/google', undefined, foreign)).json?.code).to.equal(403);
    expect((await browser.call('DELETE', '/session/openid/google')).json?.code).to.equal(0);
    expect((await browser.open('/me/links')).json).to.deep.equal([]);
  });

  it("holds back the app's own change when it would leave nobody a way in", async () => {
    const browser = await member(scene());
    const refused = await browser.call('POST', '/me/password/remove', {});
    expect([refused.status, refused.json?.oops]).to.deep.equal([
      409,
      'This is your only sign-in method. Set a password or link another provider first',
    ]);
    expect((await browser.open('/me')).json).to.include({ hasPassword: true });
    await throughProvider(browser, 2, scene().oidc, true);
    expect((await browser.call('POST', '/me/password/remove', {})).json).to.deep.equal({ hasPassword: false });
    expect((await browser.open('/me')).json).to.include({ hasPassword: false });
    expect((await browser.call('DELETE', '/session/openid/2')).json?.code).to.equal(40084);
  });

  it("turns a social sign-in into the app's own session", async () => {
    const browser = new BrowserClient(scene().app.base);
    const answer = await browser.signIn('google', scene().google, person(), '/');
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, '/']);
    expect((await browser.open('/me')).json).to.include({ plan: 'free', hasPassword: false });
    await browser.submit('/logout');
    expect([(await browser.open('/me')).status, (await browser.me()).status]).to.deep.equal([401, 401]);
  });

  it('shows its members our page, which they link and unlink by', async () => {
    const browser = await member(scene());
    const out = await browser.submit('/account/connections/google/link');
    const back = new URLSearchParams({ ...(await scene().google.approve(String(out.headers.get('location')))) });
    expect((await browser.open(`/callback/openid/google?${back}`)).headers.get('location')).to.equal('/account/connections');
    const page = await browser.open('/account/connections');
    expect([page.status, page.text.includes('action="/account/connections/google/unlink"')]).to.deep.equal([200, true]);
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
    expect((await browser.open('/me/links')).json).to.deep.equal([]);
  });

  it('sets no session cookie of its own, and renews that of the app for a link', async () => {
    const browser = await member(scene());
    const before = browser.cookies.get('club.sid');
    await throughProvider(browser, 2, scene().oidc, true);
    expect([...browser.cookies.keys()]).to.have.members(['club.sid', 'latchkey-flow']);
    expect(browser.cookies.get('club.sid')).to.not.equal(before);
    expect((await browser.open('/me')).json).to.include({ hasPassword: true });
  });
}

describe('The published package', () => {
  let plugin: PackedPlugin;

  before('build and pack', async function () {
    this.timeout(60_000);
    plugin = await packPlugin();
  });

  it('holds the compiled program and its types, and nothing of the workshop', () => {
    const strangers = plugin.files.filter(
      (path) =>
        !/^dist\/(?:cjs\/)?(?:(?:config|lib|models|routes)\/[\w/-]+\.(?:js|d\.ts)|package\.json)$|\/assets\/[\w-]+\.(?:css|svg)$/.test(
          path,
        ),
    );
    expect(strangers).to.have.members(['LICENSE', 'package.json', ...strangers.filter((path) => /^(?:README|CHANGELOG)\.md$/.test(path))]);
    expect(plugin.files).to.include.members(['dist/lib/index.js', 'dist/lib/index.d.ts', 'dist/lib/server/cli.js']);
  });

  describeHost({
    title: 'in an ESM app on Express 5, with a driver for SQLite and nothing else but what its manifest demands',
    plugin: () => plugin,
    async prepare(packed) {
      const project = newFolder('esm-express5');
      writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      cpSync(join(PROJECT_ROOT, 'test/package/hosts/esm-express5.mjs'), join(project, 'server.mjs'));
      await unpackInto(project, packed);
      link('@appthreat/sqlite3', project);
      return { project, script: 'server.mjs' };
    },
  });

  describeHost({
    title: 'in the CommonJS app on Express 4 of the examples, installed by npm',
    plugin: () => plugin,
    async prepare(packed) {
      const project = newFolder('legacy-express4');
      cpSync(join(PROJECT_ROOT, 'examples/legacy-express4'), project, {
        recursive: true,
        filter: (path) => !/node_modules|package-lock\.json|\.sqlite/.test(path.slice(PROJECT_ROOT.length)),
      });
      return (await installInto(project, packed)) ? { project, script: 'server.js' } : undefined;
    },
    further: legacySessions,
  });

  describeSqliteDrivers(() => plugin);
  describeFirstHour(() => plugin);
});
