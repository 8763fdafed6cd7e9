// `npm start`: the program in one file, made anew in a moment, so that no loader stands between Node and the server.

import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { copyAssetsBeside } from '../../build/assets.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// Inside the project, so that packages are found from there; of this process alone, since two may start at once.
const folder = new URL(`../../node_modules/.cache/latchkey/${process.pid}/`, import.meta.url);
const file = new URL('cli.mjs', folder);

buildSync({
  absWorkingDir: ROOT,
  entryPoints: ['lib/server/cli.ts'],
  outfile: fileURLToPath(file),
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
});
copyAssetsBeside(fileURLToPath(folder));
process.setSourceMapsEnabled(true);
// Read once; a start that fails ends the process before the import settles.
const tidy = () => rmSync(folder, { recursive: true, force: true });
process.once('exit', tidy);
await import(file.href).finally(tidy);
