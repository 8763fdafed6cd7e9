// What README and docs show is what compiles: TypeScript strictly, JavaScript by the types of what it calls.

import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { docsPages, PROJECT_ROOT, type Snippet, snippetsOf } from '../support/docs-pages.js';
import { newFolder } from '../support/run-folder.js';
import { readJson } from './packed-plugin.js';

const run = promisify(execFile);

const ENDINGS: Readonly<Record<string, string>> = { ts: 'mts', js: 'mjs', cjs: 'cjs' };

/** What the package exports, as its sources. */
const ENTRIES = Object.entries(
  readJson<{ exports: Readonly<Record<string, { import?: { types?: string } } | string>> }>(join(PROJECT_ROOT, 'package.json')).exports,
).flatMap(([name, entry]) =>
  typeof entry === 'string' ? [] : [[name, (entry.import?.types ?? '').replace('./dist/', '').replace('.d.ts', '.ts')] as const],
);

/** A file of the examples compiles there. */
const snippets = docsPages()
  .flatMap(snippetsOf)
  .filter(({ words }) => words.every((word) => !word.startsWith('examples/')));

/** What a compiler says of snippets, each a module named after its page. */
async function compile(shown: readonly Snippet[], options: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = newFolder('snippets');
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [n, { page, language, text }] of shown.entries())
    writeFileSync(join(folder, `${page.replaceAll(/\W/g, '-')}-${n}.${ENDINGS[language]}`), text);
  const paths = Object.fromEntries(ENTRIES.map(([name, types]) => [name.replace('.', 'express-latchkey'), [join(PROJECT_ROOT, types)]]));
  const compilerOptions = { paths, types: ['node'], ...options };
  const include = Object.values(ENDINGS).map((ending) => `*.${ending}`);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(PROJECT_ROOT, 'tsconfig.json'), compilerOptions, include }));
  return await run(join(PROJECT_ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '-p', folder]).then(
    () => '',
    // Our sources are held to more than these options elsewhere.
    ({ stdout }: { readonly stdout: string }) =>
      stdout
        .split('\n')
        .filter((line) => line.includes(basename(folder)))
        .join('\n'),
  );
}

describe('The snippets of README and docs', function () {
  this.timeout(60_000);

  const inTypeScript = snippets.filter(({ language }) => language === 'ts');

  it('compile, where they are TypeScript', async () => {
    expect(inTypeScript).to.have.length.above(20);
    expect(await compile(inTypeScript, {})).to.equal('');
  });

  it('call what is there, where they are JavaScript', async () => {
    const inJavaScript = snippets.filter(({ language }) => language === 'js' || language === 'cjs');
    expect(inJavaScript).to.have.length.above(2);
    const lenient = { allowJs: true, checkJs: true, strict: false, exactOptionalPropertyTypes: false, verbatimModuleSyntax: false };
    expect(await compile(inJavaScript, { ...lenient, noUnusedParameters: false })).to.equal('');
  });
});
