// Newer versions of Node.js: given by their path, or the binaries that npm has, pinned in a lock file of their own.

import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../support/run-folder.js';
import { npmInstalls, PROJECT_ROOT } from './packed-plugin.js';

export const NEWER_NODES = [22, 24] as const;
export type NewerNode = (typeof NEWER_NODES)[number];

const LOCKED = join(PROJECT_ROOT, 'test/package/nodes');

let installed: Promise<string | undefined> | undefined;

/** The folder they are in; undefined where the registry cannot be reached. */
async function install(): Promise<string | undefined> {
  const folder = newFolder('nodes');
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(LOCKED, name), join(folder, name));
  return (await npmInstalls(folder, 'ci')) ? folder : undefined;
}

/** Its executable; undefined where there is none to be had: offline, or on a system that npm's binaries are not for. */
export async function newerNode(version: NewerNode): Promise<string | undefined> {
  const given = process.env[`TEST_NODE_${version}`];
  if (given) return given;
  installed ??= install();
  const folder = await installed;
  const program = join(folder ?? '', `node_modules/node-${version}-${process.arch}/bin/node`);
  return folder !== undefined && process.platform === 'linux' && existsSync(program) ? program : undefined;
}
