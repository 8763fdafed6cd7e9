// The first hour of somebody new: what README and docs show is pasted into an empty folder, with the packed package, and runs.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { docsPages, type Snippet, snippetsOf } from '../support/docs-pages.js';
import { freePort } from '../support/free-port.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { newFolder } from '../support/run-folder.js';
import { startHost } from './host-process.js';
import { link, type PackedPlugin, unpackInto } from './packed-plugin.js';

const shown = docsPages().flatMap(snippetsOf);
const toRun = shown.filter(({ words }) => words.includes('run'));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function node(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  return await promisify(execFile)(process.execPath, [...args], { cwd, env: { PATH, HOME, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
  );
}

export function describeFirstHour(plugin: () => PackedPlugin): void {
  describe('in an empty folder, by the words of README and docs:', () => {
    let provider: OpenIdProvider;
    before(async () => {
      provider = await startOpenIdProvider();
    });
    after(() => provider?.close());

    /** As `npm init -y` and the `npm install` of the page leave it. */
    async function folderWith(
      { language, text }: Pick<Snippet, 'language' | 'text'>,
      script = language === 'cjs' ? 'server.js' : 'server.mjs',
    ) {
      const folder = newFolder('first-hour');
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'first-hour', version: '1.0.0' }));
      // CommonJS is for those on Express 4.
      if (language === 'cjs') link('express-4', folder, 'express');
      await unpackInto(folder, plugin(), language === 'cjs' ? ['express'] : []);
      link('@appthreat/sqlite3', folder);
      writeFileSync(join(folder, script), text);
      return { folder, script };
    }

    const cli = (folder: string, args: readonly string[], env = {}) =>
      node(folder, ['node_modules/express-latchkey/dist/lib/server/cli.js', ...args], env);

    it('there are such for ES modules and for CommonJS', () => {
      expect(toRun.map(({ page, language }) => `${page} ${language}`)).to.deep.equal([
        'README.md js',
        'docs/start-express4.md cjs',
        'docs/start-express5.md js',
      ]);
    });

    for (const snippet of toRun)
      it(`the app of ${snippet.page} signs people in, and keeps their last way in`, async () => {
        const { folder, script } = await folderWith(snippet);
        const secret = (await cli(folder, ['secret'])).stdout.trim();
        const port = String(await freePort());
        const host = await startHost(folder, script, {
          PORT: port,
          BASE_URL: `http://127.0.0.1:${port}`,
          LATCHKEY_SECRET: secret,
          OIDC_ISSUER: provider.issuer,
          OIDC_CLIENT_ID: provider.clientId,
          OIDC_CLIENT_SECRET: provider.clientSecret,
        });
        try {
          const stranger = await fetch(`${host.base}/private`);
          expect([stranger.status, await stranger.json()]).to.deep.equal([401, { error: 'Login required' }]);
          const client = await new ApiClient(host.base).signIn('acme', provider, person());
          expect((await client.call('GET', '/private')).status).to.equal(200);
          expect((await client.unlink('acme')).json?.code).to.equal(40084);
          expect(host.output(), 'nothing but that it listens').to.equal(`listening on ${host.base}\n`);
        } finally {
          await host.stop();
        }
      });

    it('what is wrong with secret and issuer is said in a line each, without a stack', async () => {
      for (const snippet of toRun) {
        const { folder, script } = await folderWith(snippet);
        const env = { LATCHKEY_SECRET: 'too short', OIDC_ISSUER: 'id.example', OIDC_CLIENT_ID: 'a', OIDC_CLIENT_SECRET: 'b' };
        const { code, stderr } = await node(folder, [script], env);
        expect(code).to.equal(1);
        expect(stderr).to.match(/^secret: expected at least 32 characters\nproviders\.acme\.issuer: expected an https address[^\n]*\n$/);
      }
    });

    it('the command works on the configuration that its page shows', async () => {
      const config = shown.find(({ words }) => words.includes('latchkey.config.mjs'));
      if (config === undefined) throw new Error('docs/command.md shows no configuration');
      const { folder } = await folderWith(config, 'latchkey.config.mjs');
      const env = { LATCHKEY_SECRET: 's'.repeat(32), GOOGLE_CLIENT_ID: 'a', GOOGLE_CLIENT_SECRET: 'b' };
      const early = await cli(folder, ['doctor'], env);
      expect([early.code, early.stdout]).to.deep.equal([1, '']);
      expect(early.stderr).to.match(/^latchkey: a table or column is missing [^\n]*run `latchkey migrate` first[^\n]*\n$/);
      expect((await cli(folder, ['migrate'], env)).stdout).to.equal('the schema is up to date\n');
      // Google is out of reach of a test.
      expect(await cli(folder, ['doctor', '--offline'], env)).to.deep.include({ code: 0, stderr: '' });
    });
  });
}
