// The product compiled once a run: a server process then starts in half the time that it takes through tsx.

import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newFolder } from './run-folder.js';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
const inProject = (path: string) => join(PROJECT_ROOT, path);

let cli: Promise<string> | undefined;

async function compile(): Promise<string> {
  const folder = newFolder('compiled');
  const outDir = join(folder, 'dist');
  const options = ['--outDir', outDir, '--noCheck', '--declaration', 'false'];
  await promisify(execFile)(inProject('node_modules/.bin/tsc'), ['-p', inProject('tsconfig.build.json'), ...options]);
  copyFileSync(inProject('package.json'), join(folder, 'package.json'));
  symlinkSync(inProject('node_modules'), join(folder, 'node_modules'));
  return join(outDir, 'lib', 'cli.js');
}

/** The path of the command's script. */
export function compiledCli(): Promise<string> {
  cli ??= compile();
  return cli;
}
