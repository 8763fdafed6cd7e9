// The types of the packed package in other people's compilers: an old one and this one, with the types of Express 4 and 5.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { newFolder } from '../support/run-folder.js';
import { link, type PackedPlugin, PROJECT_ROOT, packPlugin, requestPacked, unpackInto } from './packed-plugin.js';
import { printedGuard, printedSources } from './printed-host.js';

const run = promisify(execFile);

/** The first sample of the README that makes the plugin. */
function readmeSample(): string {
  const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
  const samples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = '']) => text);
  const sample = samples.find((text) => text.includes('app.use(keys.router)'));
  if (sample === undefined) throw new Error('The README shows no host');
  return sample;
}

const TYPED = `
import type { Request } from 'express';
export const emailOf = (req: Request): string | undefined => req.user?.email;
export const isProven = (req: Request): boolean => req.user?.emailVerified === true;
// @ts-expect-error A user has no such field.
export const nothing = (req: Request) => req.user?.emial;
`;

/** Whose own type of a user has nothing to do with ours. */
const OWN_USER = `
import express from 'express';
import { latchkey, type LatchkeyOptions } from 'express-latchkey/host-user';
declare global {
  namespace Express {
    interface Request { user?: { id: number; role: string } }
  }
}
export async function start(options: LatchkeyOptions) {
  const keys = await latchkey({ ...options, currentUser: (req) => req.user?.id });
  express().use(keys.router).get('/', keys.requireUser, (req, res) => void res.send(req.user?.role));
}
`;

/** Who signs people in by Passport, as members of their own. */
const WITH_PASSPORT = `
import express from 'express';
import { latchkey, type LatchkeyOptions } from 'express-latchkey';
import passport from 'passport';
interface Member { id: number; plan: string }
declare global {
  namespace Express {
    interface User extends Member {}
  }
}
passport.serializeUser((user, done) => done(null, user.id));
export async function start(options: LatchkeyOptions) {
  const keys = await latchkey({ ...options, currentUser: (req) => req.user?.id });
  express().use(passport.session(), keys.router).get('/', keys.requireUser, (req, res) => void res.send(req.user?.plan));
}
`;

/** Who takes the strategies alone, in a project that has none of Passport's types. */
const STRATEGIES = `
import type { Request } from 'express';
import {
  AppleStrategy, GoogleStrategy, QQStrategy, XStrategy,
  type Done, type ProviderStrategy, type StateStore, type StrategyContext, type StrategyProfile,
} from 'express-latchkey/strategies';
const common = { clientID: 'a', callbackURL: 'https://app.example/callback' };
const google: ProviderStrategy = new GoogleStrategy({ ...common, clientSecret: 'b', hd: 'example.com' }, (issuer, profile, done) => {
  done(null, { id: issuer + profile.id.trim(), isProven: profile.emails?.[0]?.verified === true });
});
new GoogleStrategy({ ...common, clientSecret: 'b', passReqToCallback: true }, (req, issuer, profile, done) => done(null, { path: req.path, issuer, profile }));
new GoogleStrategy({ ...common, clientSecret: 'b' }, (iss: string, profile: StrategyProfile, context: StrategyContext, idToken: string, done: Done) =>
  done(null, { iss, profile, at: context.timestamp, idToken }));
new XStrategy({ ...common, clientSecret: 'b' }, (accessToken, refreshToken, profile, done) => done(null, { accessToken, refreshToken, profile }));
export const withStore = (store: StateStore) => new QQStrategy({ ...common, clientSecret: 'b', useUnionId: true, store }, (_a, _r, profile, done) => done(null, profile));
// @ts-expect-error QQ knows no client without a secret.
new QQStrategy({ ...common }, (_a, _r, profile, done) => done(null, profile));
// @ts-expect-error Apple has a team and a key in place of a secret.
new AppleStrategy({ ...common, clientSecret: 'b' }, (_issuer, profile, done) => done(null, profile));
class Ours extends GoogleStrategy {}
export const ours = (req: Request, strategy: Ours) => [google.name, strategy.authenticate(req)];
`;

/** Who calls from a page, in a project without Node's types. */
const CLIENT = `
import { CallError, createClient, memoryTokens, type CloudreveToken, type TokenStore } from 'express-latchkey/client';
const tokens: TokenStore = memoryTokens();
const client = createClient({ baseUrl: '', tokens, fetch: (url, init) => fetch(url, init) });
export const unlink = async (provider: string): Promise<undefined> =>
  client.call('DELETE /session/openid/{provider_id}', { path: { provider_id: provider } });
export const renewed = (token: CloudreveToken) => client.call('POST /session/token/refresh', { body: { refresh_token: token.refresh_token } });
export const isLast = (error: unknown) => error instanceof CallError && error.code === 40084;
// @ts-expect-error There is no such call.
client.call('GET /nothing');
`;

/** Who forgets the guard. */
const FORGETFUL = `
import type { Request } from 'express';
import { type Latchkey, permitOf } from 'express-latchkey';
export async function forgetful(keys: Latchkey, req: Request, change: () => Promise<void>) {
  await keys.links.unlink(permitOf(req));
  // @ts-expect-error An id says not what to unlink, and is no permit.
  await keys.links.unlink('1');
  // @ts-expect-error A permit is no object that anybody can write.
  await keys.links.unlink({ userId: '1', removing: { kind: 'link', provider: 'acme' } });
  // @ts-expect-error
  await keys.links.removePassword('1');
  // @ts-expect-error
  await keys.links.removePassword();
  // @ts-expect-error
  await keys.links.removeMethod(change);
  // @ts-expect-error
  await keys.links.removeMethod('1', change);
  // @ts-expect-error What is to be removed has a kind.
  keys.antiLockout(() => ({ provider: 'acme' }));
  // @ts-expect-error A link is named by its provider.
  keys.antiLockout(() => ({ kind: 'link' }));
}
`;

const COMPILERS = { '5.1': 'test/package/compilers/node_modules/typescript', newest: 'node_modules/typescript' } as const;

interface Compiler {
  readonly typescript: keyof typeof COMPILERS;
  readonly express: '@types/express' | 'types-express-4';
}

describe('The types of the package', function () {
  this.timeout(120_000);
  requestPacked();
  let plugin: PackedPlugin;
  before(async () => {
    plugin = await packPlugin();
  });

  async function project({ express }: Compiler, more: readonly string[] = []): Promise<string> {
    const folder = newFolder('types');
    await unpackInto(folder, plugin);
    for (const name of ['@types/node', ...more]) link(name, folder);
    link(express, folder, '@types/express');
    return folder;
  }

  interface Way {
    readonly endings: readonly string[];
    readonly module: string;
    readonly resolution: string;
    /** Looks at declarations, too; a compiler takes long for that. */
    readonly thorough?: boolean;
  }

  async function compile(
    folder: string,
    { typescript }: Compiler,
    { module, resolution, thorough = false }: Way,
    files: readonly string[] = ['host.ts'],
  ): Promise<string> {
    const tsc = join(PROJECT_ROOT, COMPILERS[typescript], 'bin/tsc');
    const options = ['--noEmit', '--strict', '--esModuleInterop', '--target', 'es2022', '--types', 'node'];
    const how = ['--module', module, '--moduleResolution', resolution, ...(thorough ? [] : ['--skipLibCheck'])];
    return await run(process.execPath, [tsc, ...options, ...how, ...files], { cwd: folder }).then(
      () => '',
      (error: { readonly stdout?: string }) => String(error.stdout),
    );
  }

  const OLD_NODE: Way = { endings: ['ts'], module: 'commonjs', resolution: 'node10' };
  const BUNDLER: Way = { endings: ['ts'], module: 'esnext', resolution: 'bundler' };
  const both = (name: string, thorough = false): Way => ({ endings: ['cts', 'mts'], module: name, resolution: name, thorough });

  const HOSTS: readonly (readonly [Compiler, readonly Way[]])[] = [
    [{ typescript: '5.1', express: 'types-express-4' }, [OLD_NODE, both('node16', true), BUNDLER]],
    [{ typescript: 'newest', express: 'types-express-4' }, [both('nodenext', true), BUNDLER]],
    [{ typescript: 'newest', express: '@types/express' }, [both('nodenext', true), BUNDLER]],
  ];

  for (const [compiler, ways] of HOSTS)
    it(`compile strictly under TypeScript ${compiler.typescript} with ${compiler.express}: the host, guard and strategies that docs print, and not a host that forgets the guard`, async () => {
      const folder = await project(compiler);
      const texts = { host: `${readmeSample()}\n${TYPED}`, guard: printedGuard(), forgetful: FORGETFUL, strategies: STRATEGIES };
      const failures: string[] = [];
      for (const way of ways) {
        const files = Object.entries(texts).flatMap(([name, text]) =>
          way.endings.map((ending) => {
            writeFileSync(join(folder, `${name}.${ending}`), text);
            return `${name}.${ending}`;
          }),
        );
        const said = await compile(folder, compiler, way, files);
        if (said !== '') failures.push(`${way.module}, ${way.resolution}: ${said}`);
      }
      expect(failures).to.deep.equal([]);
    });

  it('are what they are said to be, word for word; and a host of printed parts compiles', async () => {
    const compiler: Compiler = { typescript: 'newest', express: '@types/express' };
    const folder = await project(compiler, ['expect-type', '@types/passport', '@types/express-session']);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const face = readFileSync(join(PROJECT_ROOT, 'test/package/hosts/public-face.ts'), 'utf8');
    const texts = { ...printedSources(), face };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, `${name}.ts`), text);
    const files = Object.keys(texts).map((name) => `${name}.ts`);
    expect(await compile(folder, compiler, both('nodenext'), files)).to.equal('');
  });

  it('are there for the client alone, by import, by require and in a page', async () => {
    for (const [compiler] of HOSTS) {
      const folder = await project(compiler);
      for (const ending of ['cts', 'mts', 'ts']) writeFileSync(join(folder, `host.${ending}`), CLIENT);
      expect(await compile(folder, compiler, both('nodenext', true), ['host.cts', 'host.mts']), compiler.typescript).to.equal('');
      expect(await compile(folder, compiler, { ...BUNDLER, thorough: true }), compiler.typescript).to.equal('');
      if (compiler.typescript === '5.1') expect(await compile(folder, compiler, OLD_NODE)).to.equal('');
    }
  });

  it('leave req.user to a host that has typed it, by itself or by Passport', async () => {
    for (const [compiler] of HOSTS.slice(0, 2)) {
      const bare = await project(compiler);
      writeFileSync(join(bare, 'host.ts'), OWN_USER);
      expect(await compile(bare, compiler, BUNDLER)).to.equal('');
      const passports = await project(compiler, ['@types/passport']);
      writeFileSync(join(passports, 'host.ts'), WITH_PASSPORT);
      // The types of Passport here are those of Express 5.
      const said = await compile(passports, compiler, BUNDLER);
      expect(said.split('\n').filter((line) => /Interface 'User'|Property '(?:plan|id)'/.test(line))).to.deep.equal([]);
    }
  });
});
