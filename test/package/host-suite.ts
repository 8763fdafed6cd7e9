// The same expectations for every host of the packed plugin, on any version of Node.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FINISH_SCRIPT, PAGE_ICON, PAGE_STYLE, TELL_OPENER_SCRIPT } from '../../lib/pages/assets.js';
import { ApiClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { request } from '../support/http-request.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { newFolder } from '../support/run-folder.js';
import { type HostProcess, startHost } from './host-process.js';
import { type Manifest, type PackedPlugin, packPlugin, readJson } from './packed-plugin.js';

const run = promisify(execFile);

export interface Host {
  /** Where it is installed. */
  readonly project: string;
  readonly script: string;
  /** Default: the Node of the tests. */
  readonly node?: string;
}

/** A host that serves, and the two providers it knows. */
export interface Scene {
  readonly app: HostProcess;
  readonly oidc: OpenIdProvider;
  readonly google: OpenIdProvider;
  /** The same host once more, with an environment that differs. */
  start(env: Readonly<Record<string, string>>): Promise<HostProcess>;
}

export interface HostSuite {
  readonly title: string;
  /** Undefined where it cannot be installed. */
  prepare(plugin: PackedPlugin): Promise<Host | undefined>;
  /** What is asked of this host besides. */
  readonly further?: readonly ((scene: () => Scene) => void)[];
}

/** What `require` and `import` give by each name of the manifest, and what is said where a package is missing that not everybody needs. */
const ASK = `
  const exported = ({ default: _, ...module }) => Object.keys(module).filter((name) => name !== 'module.exports').sort();
  (async () => {
    const entries = {};
    for (const entry of JSON.parse(process.env.ENTRIES)) {
      const [required, imported] = [require(entry), await import(entry)];
      const names = exported(imported);
      if (names.some((name) => imported[name] !== required[name])) throw new Error(entry + ' is two programs');
      entries[entry] = names;
    }
    const { fileTransport, smtpTransport } = require('express-latchkey');
    const said = [() => smtpTransport('smtp://127.0.0.1:25'), () => fileTransport('mail')].map((make) => {
      try { make(); return 'made'; } catch (error) { return error.message; }
    });
    const { Sequelize } = require('sequelize');
    const sequelize = new Sequelize('mysql://127.0.0.1:1/none', { logging: false });
    const options = { sequelize, baseUrl: 'http://127.0.0.1:3000', secret: 'x'.repeat(32), metrics: true };
    const metrics = await require('express-latchkey').latchkey(options).then(() => 'made', ({ message }) => message);
    console.log(JSON.stringify({ entries, said, metrics }));
  })();`;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'express-latchkey': [
    ...['ConfigurationError', 'LatchkeyError', 'fileTransport', 'latchkey', 'migrateSchema', 'permitOf', 'smtpTransport'],
    'sqliteDriver',
  ],
  'express-latchkey/strategies': [
    ...['AppleStrategy', 'ConfigurationError', 'GitHubStrategy', 'GitLabStrategy', 'GoogleStrategy', 'LatchkeyError'],
    ...['LogtoStrategy', 'OpenIDConnectStrategy', 'QQStrategy', 'XStrategy'],
  ],
  'express-latchkey/client': ['CallError', 'createClient', 'memoryTokens'],
  'express-latchkey/testing': ['startTestProvider'],
};

export function describeHost({ title, prepare, further = [] }: HostSuite): void {
  describe(title, () => {
    let host: Host;
    let app: HostProcess;
    let oidc: OpenIdProvider;
    let google: OpenIdProvider;

    async function start(env: Readonly<Record<string, string>> = {}): Promise<HostProcess> {
      const { clientId, clientSecret } = oidc;
      const settings = {
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
      };
      return startHost(host.project, host.script, { ...settings, ...env }, host.node);
    }

    before('install and start', async function () {
      this.timeout(180_000);
      const prepared = await prepare(await packPlugin());
      if (prepared === undefined) {
        if (process.env.REQUIRE_SERVICES === '1') throw new Error('the package registry cannot be reached');
        this.skip();
      }
      host = prepared;
      [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
      app = await start();
    });

    after(async () => {
      await Promise.all([app?.stop(), oidc?.close(), google?.close()]);
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
      const complaints = app.output().split('\n');
      expect(complaints.filter((line) => /error|warning/i.test(line))).to.deep.equal([]);
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

    it('gives the same to require and to import, and says what to install where a package is missing that not everybody needs', async () => {
      const { exports } = readJson<Manifest>(join(host.project, 'node_modules/express-latchkey/package.json'));
      const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'));
      const { stdout, stderr } = await run(host.node ?? process.execPath, ['--input-type=commonjs', '-e', ASK], {
        cwd: host.project,
        env: { ...process.env, ENTRIES: JSON.stringify(entries.map((name) => name.replace('.', 'express-latchkey'))) },
      });
      const answer = JSON.parse(stdout);
      expect(answer.entries).to.deep.include(NAMES);
      const said = existsSync(join(host.project, 'node_modules/nodemailer'))
        ? 'made'
        : 'Sending mail needs the package nodemailer: run "npm install nodemailer@10"';
      expect(answer.said).to.deep.equal([said, said]);
      const missing = 'The option `metrics` needs the package prom-client: run "npm install prom-client@15"';
      const isThere = existsSync(join(host.project, 'node_modules/prom-client'));
      if (isThere) expect(answer.metrics).not.to.equal(missing);
      else expect(answer.metrics).to.equal(missing);
      expect(stderr).to.equal('');
    });

    for (const each of further) each(() => ({ app, oidc, google, start }));
  });
}
