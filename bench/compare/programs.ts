// The programs of the comparison, compiled: nobody is measured with a compiler in the process.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { SystemName } from './options.js';

export const BENCH = fileURLToPath(new URL('../', import.meta.url));
export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

const compiled = (name: string) => `${BENCH}dist/${name}.js`;

export const PROBE = compiled('probe');
export const OPENID_PROVIDER = compiled('openid-provider');

export const PROGRAMS: Readonly<Record<SystemName, { readonly file: string; readonly args: readonly string[] }>> = {
  latchkey: { file: `${PROJECT}dist/lib/server/cli.js`, args: ['serve'] },
  'better-auth': { file: compiled('better-auth'), args: [] },
  floor: { file: compiled('floor'), args: [] },
};

/** What each imports of its packages, as a host does. */
export const IMPORTS: Readonly<Record<SystemName, readonly string[]>> = {
  latchkey: [`${PROJECT}dist/lib/index.js`],
  'better-auth': ['better-auth', 'better-auth/plugins', 'better-auth/node'],
  floor: ['express', 'mysql2/promise', 'ioredis'],
};

/** @throws Error that says what to run first */
export async function makePrograms(buildsProject: boolean): Promise<void> {
  if (buildsProject) execFileSync('npm', ['run', '--silent', 'build'], { cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'] });
  else if (!existsSync(PROGRAMS.latchkey.file)) throw new Error('The project is not built: leave out --no-build');
  const names = ['better-auth', 'floor', 'openid-provider', 'probe'];
  await build({
    entryPoints: names.map((name) => `${BENCH}servers/${name}.ts`),
    outdir: `${BENCH}dist`,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
}
