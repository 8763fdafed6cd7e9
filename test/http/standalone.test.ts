// The standalone server and its command, as an operator meets them.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import request from 'supertest';
import { person } from '../support/person.js';
import { launchServer, TEST_SECRET } from '../support/server.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

describe('The standalone server', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  const server = () => request(stage.client().base);

  it('says that it lives, and that it is ready', async () => {
    await server().get('/healthz').expect(200, { status: 'ok' }).expect('cache-control', 'no-store');
    await server().get('/readyz').expect(200, { status: 'ok' });
  });

  it('does not say what it is made of, and has nothing at other paths', async () => {
    const answer = await server().get('/nothing/here').expect(404, { error: 'not found' });
    expect(answer.headers).not.to.have.property('x-powered-by');
  });

  it('answers a path that cannot be decoded with a mistake of the client', async () => {
    await server().get('/%E0%A4%A').expect(404);
    const answer = await server().delete('/session/openid/%E0%A4%A').expect(200);
    expect(answer.body.code).to.equal(40001);
  });

  it('lists every mistake in its configuration at once, without a stack or a secret', async () => {
    const config = { appNam: 'x', providers: { oidc: { issuer: 'http://public.example', clientId: '', clientSecret: 'very-secret' } } };
    const wrong = await launchServer({ config, env: { PORT: 'http', TRUST_PROXY: '-1' } });
    expect(await wrong.exit).to.deep.equal({ code: 1, signal: null });
    const text = wrong.output();
    for (const path of ['PORT', 'TRUST_PROXY', 'appNam', 'providers.oidc.issuer', 'providers.oidc.clientId']) expect(text).to.include(path);
    expect(text)
      .not.to.include('very-secret')
      .and.not.match(/^\s+at /m);
  });
});

describeOn(['sqlite'], 'The latchkey command', (kind) => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: kind });
  });
  after(() => stage.close());

  async function latchkey(command: string): Promise<string> {
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: stage.databaseUrl,
      LATCHKEY_SECRET: TEST_SECRET,
      LATCHKEY_CONFIG: stage.servers[0]?.configFile,
    };
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'lib/server/cli.ts', command], { cwd: ROOT, env });
    return stdout;
  }

  it('says whom each provider would strand if it were switched off', async () => {
    const { logto, oidc } = stage.providers;
    await stage.client().signIn('logto', logto, person());
    const both = await stage.client().signIn('logto', logto, person());
    await both.link('oidc', oidc, person());
    const said = await latchkey('doctor');
    expect(said).to.include('now: 0 user(s) without a sign-in method that works');
    expect(said).to.include('logto switched off: 1 more user(s) would be stranded');
    expect(said).to.include('oidc switched off: 0 more user(s) would be stranded');
  });

  it('prints what was written down last', async () => {
    const user = await stage.client().signIn('logto', stage.providers.logto, person());
    await user.unlink('logto');
    const last = (await latchkey('audit'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(last.at(-1)).to.include({ event: 'auth.oauth.unlink.failure', provider: 'logto' });
    expect(last.at(-2)).to.include({ event: 'auth.oauth.sign_in.success', provider: 'logto' });
  });

  it('brings a schema up to date that is', async () => {
    expect(await latchkey('migrate')).to.equal('the schema is up to date\n');
  });
});
