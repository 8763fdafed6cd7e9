// `npm start`: the program in one file, made anew in a moment, so that no loader stands between Node and the server.

import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// Inside the project, so that packages are found from there; of this process alone, since two may start at once.
const file = new URL(`../../node_modules/.cache/latchkey/${process.pid}.mjs`, import.meta.url);

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
process.setSourceMapsEnabled(true);
// Read once; a start that fails ends the process before the import settles.
const tidy = () => rmSync(file, { force: true });
process.once('exit', tidy);
await import(file.href).finally(tidy);
