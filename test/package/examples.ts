// The examples, side by side over one installation that they share: the packed plugin, and what else they name of this repository's packages.

import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { newFolder } from '../support/run-folder.js';
import { type HostProcess, startHost } from './host-process.js';
import { link, PROJECT_ROOT, packPlugin, readJson, unpackInto } from './packed-plugin.js';

/** All but the legacy app, which npm installs. */
export const EXAMPLES = ['api-only', 'custom-guard', 'single-page-app', 'typescript-express5'] as const;
export type Example = (typeof EXAMPLES)[number];

export interface ExampleManifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const ROOT = join(PROJECT_ROOT, 'examples');
const isOwn = (path: string) => !/node_modules|package-lock\.json|\.sqlite|\/dist\b/.test(path.slice(ROOT.length));

export const manifestOf = (example: Example): ExampleManifest => readJson(join(ROOT, example, 'package.json'));

/** The packages that an example's files import. */
export function importsOf(example: Example): readonly string[] {
  const files = readdirSync(join(ROOT, example), { recursive: true, encoding: 'utf8' }).filter((name) => /^[\w/-]+\.ts$/.test(name));
  const text = files.map((name) => readFileSync(join(ROOT, example, name), 'utf8')).join('\n');
  const named = [...text.matchAll(/ from '((?:@[\w-]+\/)?[\w-]+)/g)].map(([, name = '']) => name);
  return [...new Set(named)].filter((name) => name !== 'node');
}

let installing: Promise<string> | undefined;

async function install(): Promise<string> {
  const folder = newFolder('examples');
  await unpackInto(folder, await packPlugin());
  for (const example of EXAMPLES) {
    cpSync(join(ROOT, example), join(folder, example), { recursive: true, filter: isOwn });
    const { dependencies, devDependencies } = manifestOf(example);
    const others = Object.keys({ ...dependencies, ...devDependencies });
    for (const name of others.filter((each) => !existsSync(join(folder, 'node_modules', each)))) link(name, folder);
  }
  return folder;
}

/** The folder they are in. */
export function installExamples(): Promise<string> {
  installing ??= install();
  return installing;
}

/** By the words of its script. The app is on `localhost`, and the provider on 127.0.0.1. */
export async function startExample(
  example: Example,
  script: string,
  provider: OpenIdProvider,
  env: Readonly<Record<string, string>> = {},
): Promise<HostProcess> {
  const folder = await installExamples();
  const [program, ...words] = (manifestOf(example).scripts[script] ?? '').split(' ');
  if (program !== 'node') throw new Error(`${example} has no script ${script} that Node runs`);
  const port = String(await freePort());
  return await startHost(join(folder, example), words, {
    PORT: port,
    BASE_URL: `http://localhost:${port}`,
    DATABASE_FILE: join(newFolder('example-database'), 'app.sqlite'),
    LATCHKEY_SECRET: 'a secret for tests that is long enough',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    ...env,
  });
}
