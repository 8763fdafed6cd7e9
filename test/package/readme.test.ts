// What the README and the documentation show is what compiles.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { newFolder } from '../support/run-folder.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Snippet {
  readonly file: string;
  readonly text: string;
}

const snippetsOf = (file: string): readonly Snippet[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = '']) => ({ file, text }));

const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const snippets = ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap(snippetsOf);

describe('The README and the pages of docs/', () => {
  it('show snippets that compile', () => {
    expect(snippets).to.have.length.above(1);
    const folder = newFolder('readme');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [n, { file, text }] of snippets.entries()) writeFileSync(join(folder, `${basename(file, '.md')}-${n}.mts`), text);
    const paths = { 'express-latchkey': [join(ROOT, 'lib/index.ts')], 'express-latchkey/strategies': [join(ROOT, 'lib/strategies.ts')] };
    const compilerOptions = { paths, types: ['node'] };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.mts'] }),
    );
    try {
      execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '-p', folder], { encoding: 'utf8' });
    } catch (error) {
      throw new Error(String((error as { readonly stdout?: unknown }).stdout));
    }
  }).timeout(60_000);
});
