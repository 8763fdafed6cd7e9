// The guard and the strategies as the docs print them, run from the packed package: by `import` on Express 5, by `require` on Express 4.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { transform } from 'esbuild';
import { ApiClient, BrowserClient } from '../support/client.js';
import { docsPages, snippetsOf } from '../support/docs-pages.js';
import { freePort } from '../support/free-port.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { newFolder } from '../support/run-folder.js';
import { type HostProcess, startHost } from './host-process.js';
import { link, type PackedPlugin, PROJECT_ROOT, unpackInto } from './packed-plugin.js';

/** The first sample in TypeScript that has these words. */
export function printed(...words: readonly string[]): string {
  const samples = docsPages().flatMap(snippetsOf);
  const found = samples.find(({ language, text }) => language === 'ts' && words.every((word) => text.includes(word)));
  if (found === undefined) throw new Error(`No page prints ${words.join(' with ')}`);
  return found.text;
}

export const printedGuard = (): string => printed('keys.antiLockout(', 'permitOf(req)');

/** The dots are filled in as its reader would, and the issuer is one on loopback. */
export function printedStrategies(): string {
  const filled = printed("from 'express-latchkey/strategies'", 'passport.authenticate(')
    .replace(
      "clientID: '…', clientSecret: '…'",
      'issuer: env.OIDC_ISSUER, clientID: env.OIDC_CLIENT_ID!, clientSecret: env.OIDC_CLIENT_SECRET!',
    )
    .replace("'https://app.example.com/", "env.BASE_URL + '/club/")
    .replace("secret: '…'", "secret: 'a secret for tests'");
  if (/…|example\.com/.test(filled)) throw new Error(`Not all is filled in:\n${filled}`);
  return `const { env } = process;\n${filled}\nexport { app };\n`;
}

export interface PrintedHost {
  readonly title: string;
  readonly format: 'esm' | 'cjs';
  /** The package of this repository that is `express` there. */
  readonly express: string;
}

export const PRINTED_HOSTS: readonly PrintedHost[] = [
  { title: 'by import on Express 5', format: 'esm', express: 'express' },
  { title: 'by require on Express 4', format: 'cjs', express: 'express-4' },
];

/** The three files of the host, in TypeScript. */
export const printedSources = (): Readonly<Record<string, string>> => ({
  guard: printedGuard(),
  strategies: printedStrategies(),
  printed: readFileSync(join(PROJECT_ROOT, 'test/package/hosts/printed.ts'), 'utf8'),
});

async function install({ format, express }: PrintedHost, plugin: PackedPlugin): Promise<string> {
  const project = newFolder('printed');
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: format === 'esm' ? 'module' : 'commonjs' }));
  await unpackInto(project, plugin, ['express']);
  link(express, project, 'express');
  link('@appthreat/sqlite3', project);
  for (const [name, text] of Object.entries(printedSources())) {
    const { code } = await transform(text, { loader: 'ts', format, target: 'node20' });
    writeFileSync(join(project, `${name}.js`), code);
  }
  return project;
}

export function describePrintedHost(host: PrintedHost, plugin: () => PackedPlugin): void {
  describe(`by what its docs print, ${host.title}:`, () => {
    let app: HostProcess;
    let provider: OpenIdProvider;

    before(async () => {
      provider = await startOpenIdProvider();
      const port = String(await freePort());
      app = await startHost(await install(host, plugin()), 'printed.js', {
        PORT: port,
        BASE_URL: `http://127.0.0.1:${port}`,
        DATABASE_FILE: join(newFolder('printed-database'), 'host.sqlite'),
        LATCHKEY_SECRET: 'a secret for tests that is long enough',
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_CLIENT_SECRET: provider.clientSecret,
      });
    });
    after(() => Promise.all([app?.stop(), provider?.close()]));

    it("the guard stands on the host's own routes, for links, passwords and ways in of its own", async () => {
      const client = await new ApiClient(app.base).signIn('acme', provider, person());
      const remove = async (path: string) => (await client.call('DELETE', path)).status;
      expect(await remove('/me/links/acme'), 'the last').to.equal(400);
      expect(await remove('/me/links/google'), 'none').to.equal(400);
      expect((await client.setPassword('correct horse battery')).json?.code).to.equal(0);
      expect(await remove('/me/links/acme')).to.equal(204);
      expect(await client.linked()).to.deep.equal([]);
      expect(await remove('/me/password'), 'the last').to.equal(400);
      const passkey = await client.call('POST', '/me/passkeys');
      expect(await remove('/me/password')).to.equal(204);
      const another = await client.call('POST', '/me/passkeys');
      expect(await remove(`/me/passkeys/${String(passkey.json?.id)}`)).to.equal(204);
      expect(await remove(`/me/passkeys/${String(another.json?.id)}`), 'the last').to.equal(400);
      client.token = undefined;
      expect(await remove('/me/links/acme'), 'a stranger').to.equal(401);
    });

    it('a strategy signs people in by the Passport of the host, and nobody twice by one answer', async () => {
      const browser = new BrowserClient(app.base);
      const somebody = person();
      const out = await browser.open('/club/auth/google');
      const back = new URLSearchParams({ ...(await provider.approve(String(out.headers.get('location')), somebody)) });
      const answer = await browser.open(`/club/auth/google/callback?${back}`);
      expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, '/']);
      expect((await browser.open('/club/me')).json).to.deep.equal({ id: `${provider.issuer} ${somebody.sub}`, name: somebody.name });
      const again = await browser.open(`/club/auth/google/callback?${back}`);
      expect([again.status, again.headers.get('location')]).to.deep.equal([302, '/login']);
    });
  });
}
