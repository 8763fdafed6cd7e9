// Which way imports run.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

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

/** Every import of a file below one of `from` that leads to a package or folder of `to`. */
function crossings(from: readonly string[], to: readonly string[]): readonly string[] {
  return modules
    .filter(({ file }) => from.some((folder) => file.startsWith(folder)))
    .flatMap(({ file, imports }) =>
      imports.filter((name) => to.some((end) => name === end || name.startsWith(`${end}/`))).map((name) => `${file} → ${name}`),
    );
}

describe('The direction of imports', () => {
  it('keeps express, sequelize and passport out of the core', () => {
    expect(
      crossings(['lib/accounts/', 'lib/providers/', 'lib/dialects/', 'lib/tokens/'], ['express', 'sequelize', 'passport']),
    ).to.deep.equal([]);
  });

  it('keeps sequelize out of the routes and the middleware', () => {
    expect(crossings(['routes/', 'lib/middleware/'], ['sequelize', 'models'])).to.deep.equal([]);
  });

  it('runs from routes to middleware to accounts, and never back', () => {
    expect(
      crossings(['lib/accounts/', 'lib/tokens/', 'lib/dialects/', 'lib/providers/', 'lib/stores/'], ['routes', 'models', 'lib/middleware']),
    ).to.deep.equal([]);
    expect(crossings(['lib/middleware/', 'models/', 'lib/passport/'], ['routes'])).to.deep.equal([]);
    expect(crossings(['config/'], ['models', 'routes', 'lib/accounts', 'lib/middleware'])).to.deep.equal([]);
  });

  it('lets nobody but the public face import the composition root', () => {
    expect(crossings(['config/', 'lib/', 'models/', 'routes/'], ['lib/plugin/latchkey.ts'])).to.deep.equal([
      'lib/host-user.ts → lib/plugin/latchkey.ts',
    ]);
  });

  it('prints by the command and by the log alone: a plugin is silent, and tests see the log', () => {
    // The demo provider's package warns of what a demo need not be warned of.
    const mayPrint = (file: string) => file === 'lib/server/cli.ts' || file === 'lib/server/demo/load-oidc-provider.ts';
    const prints = ({ file }: Module) => /\bconsole\.\w|\bprocess\.std(?:out|err)\b/.test(readFileSync(join(ROOT, file), 'utf8'));
    expect(modules.filter((module) => prints(module) && !mayPrint(module.file)).map(({ file }) => file)).to.deep.equal([]);
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
