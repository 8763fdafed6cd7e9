// Style sheets, scripts and pictures that the program reads when it starts: `node build/assets.mjs dist` copies them to what was built.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDERS = ['lib/pages/assets', 'lib/server/demo/assets'];

/** Into the folder of a bundle, which is one module in the place of all that read them. */
export function copyAssetsBeside(folder) {
  for (const from of FOLDERS) cpSync(join(ROOT, from), join(folder, 'assets'), { recursive: true });
}

const [, script, dist] = process.argv;
if (script === fileURLToPath(import.meta.url) && dist !== undefined) {
  for (const from of FOLDERS) cpSync(join(ROOT, from), join(ROOT, dist, from), { recursive: true });
}
