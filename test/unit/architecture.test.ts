// Which way imports run.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { KNOWN_PROVIDERS } from '../../lib/providers/index.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Module {
  readonly file: string;
  /** Project files by path from the root, packages by name. */
  readonly imports: readonly string[];
  /** Imports that exist when the program runs. */
  readonly values: readonly string[];
}

function load(file: string): Module {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [...text.matchAll(/^(import|export)( type)? [^;]*?from '([^']+)'/gm)];
  const target = (name = '') => (name.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), name)).replace(/\.js$/, '.ts') : name);
  return {
    file,
    imports: found.map(([, , , name]) => target(name)),
    values: found.filter(([, , type]) => type === undefined).map(([, , , name]) => target(name)),
  };
}

const modules = ['config', 'lib', 'models', 'routes']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((name) => name.endsWith('.ts'))
  .map(load);

/** From the top: a room imports rooms below it, and none above. */
const ROOMS = [
  'lib/server',
  'lib',
  'lib/plugin',
  'models',
  'routes',
  'lib/middleware',
  'lib/openapi',
  'lib/metrics',
  'lib/pages',
  'lib/dialects',
  'lib/sessions',
  'lib/passport',
  'lib/http',
  'lib/mail',
  'lib/tokens',
  'lib/stores',
  'config',
  'lib/outbox',
  'lib/oauth',
  'lib/providers',
  'lib/tracing',
  'lib/accounts',
  'lib/client',
  'lib/support',
] as const;

function roomOf(file: string): string {
  const [top = '', second = '', third] = file.split('/');
  return top !== 'lib' ? top : third === undefined ? 'lib' : `lib/${second}`;
}

/** Every import of a file of one of these rooms that leads to one of these packages. */
function crossings(rooms: readonly string[], packages: readonly string[]): readonly string[] {
  return modules
    .filter(({ file }) => rooms.includes(roomOf(file)))
    .flatMap(({ file, imports }) =>
      imports.filter((name) => packages.some((end) => name === end || name.startsWith(`${end}/`))).map((name) => `${file} → ${name}`),
    );
}

describe('The direction of imports', () => {
  it('is downwards from room to room', () => {
    const floor = (file: string) => ROOMS.indexOf(roomOf(file) as (typeof ROOMS)[number]);
    const isOurs = (name: string) => /^(?:lib|models|routes|config)\//.test(name);
    expect(
      modules.filter(({ file }) => floor(file) < 0).map(({ file }) => file),
      'files of no room',
    ).to.deep.equal([]);
    const upwards = modules.flatMap(({ file, imports }) =>
      imports
        .filter((name) => isOurs(name) && roomOf(name) !== roomOf(file) && floor(name) <= floor(file))
        .map((name) => `${file} → ${name}`),
    );
    expect(upwards).to.deep.equal([]);
  });

  it('keeps express, sequelize and passport out of the core', () => {
    expect(crossings(['lib/accounts', 'lib/providers', 'lib/dialects', 'lib/tokens'], ['express', 'sequelize', 'passport'])).to.deep.equal(
      [],
    );
  });

  it('keeps sequelize out of the routes and the middleware', () => {
    expect(crossings(['routes', 'lib/middleware'], ['sequelize'])).to.deep.equal([]);
  });

  it('prints by the command and by the log alone: a plugin is silent, and tests see the log', () => {
    // The demo provider's package warns of what a demo need not be warned of.
    const mayPrint = (file: string) =>
      ['lib/server/cli.ts', 'lib/support/logger.ts'].includes(file) || file === 'lib/server/demo/load-oidc-provider.ts';
    const prints = ({ file }: Module) => /\bconsole\.\w|\bprocess\.std(?:out|err)\b/.test(readFileSync(join(ROOT, file), 'utf8'));
    expect(modules.filter((module) => prints(module) && !mayPrint(module.file)).map(({ file }) => file)).to.deep.equal([]);
  });

  it('keeps the name of a provider in its own file, in the registry and in the public strategies', () => {
    const names = KNOWN_PROVIDERS.filter((id) => id !== 'oidc' && id.length > 1);
    const named = new RegExp(`['"\`:](?:${names.join('|')})['"\`]`);
    const code = ({ file }: Module) => readFileSync(join(ROOT, file), 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
    // The demo plays some of them; the client's types are made from the registry.
    const may = ['lib/strategies.ts', 'lib/client/calls.ts'];
    const others = modules.filter(({ file }) => !['lib/providers', 'lib/server'].includes(roomOf(file)) && !may.includes(file));
    expect(others.filter((module) => named.test(code(module))).map(({ file }) => file)).to.deep.equal([]);
  });

  it('gives what a handler’s promise is rejected with to `next` in one place', () => {
    const byItself = /\.catch\(next\)|(?<!handleAsync\()async \(req, _?res, next\)/;
    const found = modules.filter(({ file }) => byItself.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(found.map(({ file }) => file)).to.deep.equal(['lib/middleware/respond.ts']);
  });

  it('has one deadline for what may never answer', () => {
    const found = modules.filter(({ file }) =>
      /reject\(.*setTimeout|setTimeout\(.*reject\(|AbortSignal\.timeout/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(found.map(({ file }) => file)).to.deep.equal(['lib/support/deadline.ts']);
  });

  it('has no cycles', () => {
    const values = new Map(modules.map((module) => [module.file, module.values]));
    const reaches = (from: string, to: string, seen: Set<string>): boolean =>
      (values.get(from) ?? []).some((name) => name === to || (!seen.has(name) && reaches(name, to, seen.add(name))));
    expect(modules.map(({ file }) => file).filter((file) => reaches(file, file, new Set()))).to.deep.equal([]);
  });
});

describe('Statements for the database', () => {
  it('have their values bound, and none escaped into the text', () => {
    const escaping = /\breplacements\b|\.escape\(/;
    const found = modules.filter(({ file }) => escaping.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(found.map(({ file }) => file)).to.deep.equal([]);
  });
});
