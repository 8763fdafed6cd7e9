// The version of this package, from its `package.json`, which is some folders above the sources, `dist`, or the single file of `npm start`.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'express-latchkey';

function versionIn(folder: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown; version?: string };
    return name === NAME ? version : undefined;
  } catch {
    return undefined;
  }
}

function versionAbove(folder: string): string {
  const parent = dirname(folder);
  return versionIn(folder) ?? (parent === folder ? 'unknown' : versionAbove(parent));
}

/** `unknown` where somebody's bundler has taken the program out of its package. */
export function packageVersion(): string {
  return versionAbove(dirname(fileURLToPath(import.meta.url)));
}
