// The tarball as npm would publish it, and how the two kinds of project get it.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newFolder } from '../support/run-folder.js';

const run = promisify(execFile);

export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODULES = join(PROJECT_ROOT, 'node_modules');

/** What a build and a release need; `dist` is made anew, beside nobody's. */
const SOURCES = [
  'build',
  'config',
  'docs',
  'lib',
  'models',
  'routes',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
];

/** npm's own messages for a registry that cannot be reached. */
const OFFLINE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|FETCH_ERROR)\b/;

export interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly bin: Readonly<Record<string, string>>;
}

export interface PackedPlugin {
  readonly tarball: string;
  /** Paths of the published files, as the project has them. */
  readonly files: readonly string[];
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Tells the workers of a parallel run what was packed. */
const VARIABLE = 'TEST_PACKED';

let requested = false;
let packed: Promise<PackedPlugin> | undefined;

/** Says while suites are being loaded that one of them wants the tarball. */
export function requestPacked(): void {
  requested = true;
}

/** Packs if a suite asked for it. */
export async function packIfRequested(): Promise<void> {
  if (requested) process.env[VARIABLE] = JSON.stringify(await packPlugin());
}

/** The tarball of this run: the one that `TEST_TARBALL` names, or made once. */
export function packPlugin(): Promise<PackedPlugin> {
  const given = process.env[VARIABLE];
  const tarball = process.env.TEST_TARBALL;
  packed ??= given !== undefined ? Promise.resolve(JSON.parse(given)) : tarball ? readPacked(resolve(tarball)) : buildAndPack();
  return packed;
}

/** Every path in a tarball of npm's is below `package/`. */
async function readPacked(tarball: string): Promise<PackedPlugin> {
  const { stdout } = await run('tar', ['tzf', tarball]);
  return {
    tarball,
    files: stdout
      .trim()
      .split('\n')
      .map((path) => path.replace('package/', '')),
  };
}

/** Builds and packs a copy of the project. */
async function buildAndPack(): Promise<PackedPlugin> {
  const cwd = newFolder('packed');
  for (const name of SOURCES.filter((each) => existsSync(join(PROJECT_ROOT, each)))) {
    cpSync(join(PROJECT_ROOT, name), join(cwd, name), { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  }
  symlinkSync(MODULES, join(cwd, 'node_modules'));
  await run('npm', ['run', 'build', '--silent'], { cwd }).catch((error: { readonly stdout?: string }) => {
    throw new Error(`The build failed:\n${error.stdout}`, { cause: error });
  });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd });
  const listed: unknown = JSON.parse(stdout);
  // npm 12 answers with an object by name, all before with a list.
  const [made] = Object.values(listed as Record<string, { filename: string; files: readonly { path: string }[] }>);
  if (made === undefined) throw new Error(`npm pack said: ${stdout}`);
  return { tarball: join(cwd, made.filename), files: made.files.map(({ path }) => path) };
}

/** Puts a package of this repository into a project, by the name it has here or by another, as `npm install NAME@npm:…` does. */
export function link(name: string, project: string, as = name): void {
  const target = join(project, 'node_modules', as);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(join(MODULES, name), target);
}

/**
 * Unpacks the tarball and gives it nothing but what its manifest demands, not what is optional there: needs no registry.
 * @param except packages that the project has of its own
 */
export async function unpackInto(project: string, { tarball }: PackedPlugin, except: readonly string[] = []): Promise<void> {
  const plugin = join(project, 'node_modules/express-latchkey');
  mkdirSync(plugin, { recursive: true });
  await run('tar', ['xzf', tarball, '--strip-components=1', '-C', plugin]);
  const { dependencies, peerDependencies, peerDependenciesMeta } = readJson<Manifest>(join(plugin, 'package.json'));
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  const demanded = new Set([...Object.keys(dependencies), ...peers]);
  for (const name of [...demanded].filter((each) => !except.includes(each))) link(name, project);
}

/**
 * Installs what a folder's manifest says. No package's scripts run.
 * @returns false when the registry cannot be reached
 */
export async function npmInstalls(cwd: string, command: 'install' | 'ci' = 'install'): Promise<boolean> {
  const how = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=1'];
  try {
    await run('npm', [command, ...how], { cwd, timeout: 150_000 });
  } catch (error) {
    if (OFFLINE.test(String((error as { stderr?: unknown }).stderr))) return false;
    throw error;
  }
  return true;
}

/** Installs the dependencies of a project's manifest from the registry, the plugin from its tarball; false where that cannot be reached. */
export async function installInto(project: string, { tarball }: PackedPlugin): Promise<boolean> {
  const file = join(project, 'package.json');
  const manifest = readJson<Manifest>(file);
  const dependencies = { ...manifest.dependencies, 'express-latchkey': `file:${tarball}` };
  writeFileSync(file, JSON.stringify({ ...manifest, dependencies }));
  return npmInstalls(project);
}
