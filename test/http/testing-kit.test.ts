// The testing kit, as a host's own tests use it.

import { expect } from 'chai';
import express from 'express';
import { Sequelize } from 'sequelize';
import { type Latchkey, type LatchkeyOptions, latchkey, type RequestUser, sqliteDriver } from '../../lib/index.js';
import { startTestProvider, type TestProvider, type TestProviderOptions } from '../../lib/server/testing.js';
import { silentLogger } from '../../lib/support/logger.js';
import { listening } from '../support/listening.js';
import { createDatabase } from '../support/services.js';

interface App {
  readonly base: string;
  readonly keys: Latchkey;
  readonly provider: TestProvider;
  close(): Promise<void>;
}

const userOf = ({ user }: express.Request) => user as RequestUser;

async function openApp(plugin: Partial<LatchkeyOptions> = {}, kit: Partial<TestProviderOptions> = {}): Promise<App> {
  const app = express();
  const server = await listening(app);
  const database = await createDatabase('sqlite');
  const storage = database.url.slice('sqlite:'.length);
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false });
  const provider = await startTestProvider({ baseUrl: server.base, ...kit });
  const keys = await latchkey({
    ...{ sequelize, baseUrl: server.base, secret: 'a-secret-for-tests-that-is-long-enough-0123456789', logger: silentLogger },
    providers: provider.providers,
    ...plugin,
  });
  app.use(plugin.paths?.mount ?? '/', keys.router);
  app.get('/orders', keys.requireUser, (req, res) => void res.json({ of: userOf(req).email }));
  app.post('/orders', keys.requireUser, express.json(), (req, res) => void res.json({ made: req.body.what, by: userOf(req).nickname }));
  app.use(((error, _req, res, _next) => void res.status(error.status ?? 500).json({ oops: error.message })) as express.ErrorRequestHandler);
  return {
    ...{ base: server.base, keys, provider },
    async close() {
      await keys.close();
      await server.close();
      await provider.close();
      await sequelize.close();
      await database.drop();
    },
  };
}

describe('A host that tests with the kit', () => {
  const apps: App[] = [];
  const open = async (...args: Parameters<typeof openApp>): Promise<App> => {
    const app = await openApp(...args);
    apps.push(app);
    return app;
  };
  after(() => Promise.all(apps.map((app) => app.close())));

  it('has somebody signed in who reads and changes as its own pages do', async () => {
    const { base, provider } = await open();
    const ann = await provider.signIn(provider.person({ name: 'Ann', email: 'ann@example.test' }));
    expect(await (await ann.fetch('/orders')).json()).to.deep.equal({ of: 'ann@example.test' });
    const made = await ann.fetch('/orders', { method: 'POST', body: { what: 'tea' } });
    expect(await made.json()).to.deep.equal({ made: 'tea', by: 'Ann' });
    expect((await fetch(`${base}/orders`)).status).to.equal(401);
    const byOtherMeans = await fetch(`${base}/orders`, { headers: { cookie: ann.cookie } });
    expect(byOtherMeans.status).to.equal(200);
    const bob = await provider.signIn();
    expect(await (await bob.fetch('/orders')).json()).to.deep.equal({ of: bob.person.email });
    const again = await provider.signIn(ann.person);
    expect(await (await again.fetch('/orders')).json()).to.deep.equal({ of: 'ann@example.test' });
  });

  it('links and unlinks, and sees the last way in kept', async () => {
    const { provider } = await open();
    const ann = await provider.signIn(undefined, { by: 'oidc' });
    await ann.link('google');
    const unlink = async (id: string) =>
      (await (await ann.fetch(`/session/openid/${id}`, { method: 'DELETE' })).json()) as { code: number };
    expect((await unlink('google')).code).to.equal(0);
    expect((await unlink('oidc')).code).to.equal(40084);
  });

  it('moves paths, and names providers of its own', async () => {
    const paths = { mount: '/v2', callback: '/done', browser: ['/me'] };
    const { provider } = await open({ paths }, { paths, providers: ['acme', 'logto'] });
    const ann = await provider.signIn();
    await ann.link('logto');
    const me = (await (await ann.fetch('/v2/me/auth/me')).json()) as { user: { email: string } };
    expect(me.user.email).to.equal(ann.person.email);
  });

  it('has people whom the provider does not vouch for, or tells no address of', async () => {
    const { provider } = await open();
    const [unproven, unnamed] = [provider.person({ emailVerified: false }), provider.person({ email: null })];
    const user = async (agent: Awaited<ReturnType<TestProvider['signIn']>>) =>
      ((await (await agent.fetch('/auth/me')).json()) as { user: { email?: string; emailVerified: boolean } }).user;
    expect(await user(await provider.signIn(unproven))).to.include({ emailVerified: false });
    expect(await user(await provider.signIn(unnamed))).not.to.have.property('email');
  });

  it('reads what was wrong where a sign-in comes to nothing', async () => {
    const { provider } = await open({ signUp: false });
    const said = (attempt: Promise<unknown>) => attempt.then(String, String);
    expect(await said(provider.signIn())).to.match(/The app did not sign in Person 1 from google: HTTP 403 .*sign-up is closed/i);
    expect(await said(provider.signIn(undefined, { by: 'nobody' }))).to.match(/does not lead to a provider: HTTP 404/);
    expect(await said(startTestProvider({ baseUrl: 'http://127.0.0.1:1', providers: ['apple'] }))).to.match(/TypeError: .* not apple/);
  });
});
