// What the examples' READMEs promise, tried with the packed package.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import type { Page } from 'playwright-core';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { EXAMPLES, type Example, importsOf, installExamples, manifestOf, startExample } from './examples.js';
import type { HostProcess } from './host-process.js';
import { PROJECT_ROOT, readJson, requestPacked } from './packed-plugin.js';

const run = promisify(execFile);

const PASSWORD = 'correct horse battery';

describe('The examples', function () {
  this.timeout(120_000);
  requestPacked();

  it('name what they import, in the versions of this repository', () => {
    const own = readJson<Record<'dependencies' | 'devDependencies', Record<string, string>>>(join(PROJECT_ROOT, 'package.json'));
    const tried: Readonly<Record<string, string>> = { ...own.dependencies, ...own.devDependencies };
    for (const example of EXAMPLES) {
      const { dependencies, devDependencies } = manifestOf(example);
      expect(importsOf(example), example).to.include('express-latchkey');
      expect(dependencies, example).to.include.keys([...importsOf(example)]);
      const { 'express-latchkey': plugin, ...others } = dependencies;
      expect(plugin).to.equal('file:../..');
      expect(tried, example).to.deep.include({ ...others, ...devDependencies });
    }
  });

  it('compile as their own configuration has it', async () => {
    const folder = await installExamples();
    const tsc = join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc');
    const said = await Promise.all(
      EXAMPLES.map((example) =>
        run(process.execPath, [tsc], { cwd: join(folder, example) }).then(
          () => '',
          ({ stdout }: { readonly stdout: string }) => `${example}: ${stdout}`,
        ),
      ),
    );
    expect(said.join('')).to.equal('');
  });

  for (const [example, play] of [
    ['api-only', playApi],
    ['typescript-express5', playMembers],
    ['custom-guard', playGuard],
  ] as const satisfies readonly (readonly [Example, unknown])[])
    it(`${example} signs people in, and keeps their last way in`, async () => {
      const provider = await startOpenIdProvider();
      const app = await startExample(example, 'start', provider, { JWT_SECRET: 'another secret for tests, of the app’s' });
      try {
        await play(app, provider);
        expect(app.output(), 'nothing but that it listens').to.equal(`listening on ${app.base}\n`);
      } finally {
        await Promise.all([app.stop(), provider.close()]);
      }
    });
});

async function playApi({ base }: HostProcess, provider: OpenIdProvider): Promise<void> {
  const client = new ApiClient(base);
  const stranger = await client.call('GET', '/v1/orders');
  expect([stranger.status, stranger.json]).to.deep.equal([401, { error: 'Login required' }]);
  await client.signIn('acme', provider, person());
  const orders = await client.call('GET', '/v1/orders');
  expect(orders.json?.for).to.include.keys('id', 'email', 'emailVerified');
  expect((await client.unlink('acme')).json?.code).to.equal(40084);
  expect(await client.linked()).to.deep.equal(['acme']);
  expect((await client.call('GET', '/account/connections')).status, 'no pages').to.equal(404);
}

async function playMembers({ base }: HostProcess, provider: OpenIdProvider): Promise<void> {
  const { email } = person();
  const login = async () => await new ApiClient(base).call('POST', '/login', { mail: email, password: PASSWORD });
  const registered = await new ApiClient(base).call('POST', '/register', { mail: email, password: PASSWORD });
  const member = new ApiClient(base, String(registered.json?.token));
  expect((await member.call('DELETE', '/me/password')).status, 'the only way in').to.equal(400);
  await member.link('acme', provider, person());
  expect((await login()).status).to.equal(200);
  expect((await member.call('DELETE', '/me/password')).status).to.equal(204);
  expect((await login()).status).to.equal(401);
  expect((await member.unlink('acme')).json?.code).to.equal(40084);
  expect((await member.call('GET', '/me')).json).to.deep.include({ hasPassword: false, links: ['acme'] });

  const newcomer = await new ApiClient(base).signIn('acme', provider, person());
  const exchanged = new ApiClient(base, String((await newcomer.call('POST', '/token')).json?.token));
  expect(exchanged.token).not.to.equal(newcomer.token);
  expect((await exchanged.call('GET', '/me')).json).to.deep.include({ hasPassword: false, links: ['acme'] });
  expect((await new ApiClient(base, 'of.nobody.atall').call('GET', '/me')).status).to.equal(401);
}

async function playGuard({ base }: HostProcess, provider: OpenIdProvider): Promise<void> {
  const client = await new ApiClient(base).signIn('acme', provider, person());
  const remove = async (what: string) => {
    const { status, json } = await client.call('DELETE', `/me/${what}`);
    return status === 204 ? 'gone' : json?.error;
  };
  expect(await remove('links/acme')).to.equal('only_sign_in_method');
  const added = await client.call('POST', '/me/passkeys');
  expect(added.status).to.equal(201);
  expect(await remove('links/acme')).to.equal('gone');
  expect(await remove('links/acme')).to.equal('not_linked');
  expect(await remove(`passkeys/${String(added.json?.id)}`)).to.equal('only_sign_in_method');
  expect((await client.setPassword(PASSWORD)).json?.code).to.equal(0);
  expect(await remove(`passkeys/${String(added.json?.id)}`)).to.equal('gone');
  expect(await remove('password')).to.equal('only_sign_in_method');
}

describeInChromium('The example of a single-page app', () => {
  requestPacked();
  let provider: OpenIdProvider;
  let api: HostProcess;
  let page: Page;
  let close: () => void;
  let origin: string;

  before(async function () {
    this.timeout(120_000);
    const [folder, port] = [join(await installExamples(), 'single-page-app'), await freePort()];
    origin = `http://localhost:${port}`;
    provider = await startOpenIdProvider();
    api = await startExample('single-page-app', 'api', provider, { PAGE_ORIGIN: origin });
    const vite = join(PROJECT_ROOT, 'node_modules/vite/bin/vite.js');
    await run(process.execPath, [vite, 'build'], { cwd: folder, env: { ...process.env, VITE_API: api.base } });
    const server = express()
      .use(express.static(join(folder, 'dist')))
      .listen(port);
    close = () => server.close();
  });
  after(() => Promise.all([api?.stop(), provider?.close(), close?.()]));
  beforeEach(async () => {
    // A guest is told so by 401, and the window tries each origin that its opener may have.
    page = await (await newBrowser({ expected: [/status of 401/, /The target origin provided/] })).newPage();
    await page.goto(origin);
    await page.getByText('You are not signed in').waitFor();
  });

  const status = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor();
  const press = (name: string) => page.getByRole('button', { name }).click();

  it('signs people in by the cookie of its API, and keeps their last way in', async () => {
    await page.getByRole('link', { name: 'Sign in by acme' }).click();
    await status(/^Hello, /);
    expect(new URL(page.url()).origin).to.equal(origin);
    await press('Unlink acme');
    await status('That is your only way to sign in');
    await page.getByRole('link', { name: 'Link other' }).click();
    await page.getByRole('button', { name: 'Unlink other' }).waitFor();
    await press('Unlink acme');
    await status('Unlinked');
    await page.getByRole('link', { name: 'Link acme' }).waitFor();
    await press('Sign out');
    await status('You are not signed in');
  });

  it('signs people in by a window, and its calls by the tokens that it heard', async () => {
    await press('Sign in by a window');
    await status('By token: acme');
    expect(page.context().pages()).to.have.length(1);
  });
});
