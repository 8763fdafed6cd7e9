// The product compiled once a run: a server process then starts in half the time that it takes through tsx.

import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newFolder } from './run-folder.js';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
const inProject = (path: string) => join(PROJECT_ROOT, path);

/** Names the folder to the workers of a parallel run. */
const VARIABLE = 'TEST_COMPILED';

let requested = false;
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
