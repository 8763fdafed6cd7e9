// The product and its packages in one file, made once a run: a server process then starts in a third of the time it takes through
// tsx, and hashes passwords quickly.

import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { copyAssetsBeside } from '../../build/assets.mjs';
import { newFolder } from './run-folder.js';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
const inProject = (path: string) => join(PROJECT_ROOT, path);

/** Names the folder to the workers of a parallel run. */
const VARIABLE = 'TEST_COMPILED';

let requested = false;
let cli: Promise<string> | undefined;

/** Packages that others would load if they were there, and those that hold more than JavaScript. */
const NOT_IN_IT = [
  ...['pg-native', 'pg-hstore', 'mariadb', 'tedious', 'oracledb', 'ibm_db', 'snowflake-sdk', 'sqlite3'],
  ...['@appthreat/sqlite3', 'oidc-provider'],
];

/** What CommonJS has and a module has not: the packages were written for it. */
const COMMON_JS = [
  "import { createRequire as latchkeyRequire } from 'node:module';",
  "import { dirname as latchkeyDirname } from 'node:path';",
  "import { fileURLToPath as latchkeyPath } from 'node:url';",
  'const require = latchkeyRequire(import.meta.url);',
  'const __filename = latchkeyPath(import.meta.url);',
  'const __dirname = latchkeyDirname(__filename);',
].join('\n');

const ARGON2 = '@node-rs/argon2';
const QUICK_ARGON2 = inProject('test/support/quick-argon2.ts');

/** Passwords are hashed quickly; what the product's own hasher does is a subject of its own. */
const quickPasswords: Plugin = {
  name: 'quick passwords',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^${ARGON2}$`) }, ({ importer }) =>
      importer === QUICK_ARGON2 ? { path: ARGON2, external: true } : { path: QUICK_ARGON2 },
    );
  },
};

async function compile(besides: readonly string[] = []): Promise<string> {
  const folder = newFolder('compiled');
  const outfile = join(folder, 'cli.mjs');
  await build({
    entryPoints: [inProject('lib/server/cli.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // What is read at each start: a quarter less, and a fifth of the time.
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [quickPasswords],
    external: [...NOT_IN_IT, ...besides],
    banner: { js: COMMON_JS },
    logLevel: 'error',
  });
  copyAssetsBeside(folder);
  copyFileSync(inProject('package.json'), join(folder, 'package.json'));
  symlinkSync(inProject('node_modules'), join(folder, 'node_modules'));
  return outfile;
}

/** Says while suites are being loaded that one of them may start a process. */
export function requestCompiled(): void {
  requested = true;
}

/** Compiles if a suite asked for it: in a hook of 20 s a busy machine might not be done. */
export async function compileIfRequested(): Promise<void> {
  if (requested) process.env[VARIABLE] = await compiledCli();
}

/** The path of the command's script. */
export function compiledCli(): Promise<string> {
  const given = process.env[VARIABLE];
  cli ??= given === undefined ? compile() : Promise.resolve(given);
  return cli;
}

/** The same with the Sequelize that hosts have, for a command that is given a host's own. */
export const compiledHostCli = (): Promise<string> => compile(['sequelize']);
