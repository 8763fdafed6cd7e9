// What a CommonJS project gets by `require`: the same program, and types that its compiler takes for CommonJS (TypeScript before 5.8).

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const FROM = 'dist';
const TO = 'dist/cjs';
/** By the types that an entry has, the program that it is. */
const ENTRIES = {
  'lib/index': 'lib/index',
  'lib/host-user': 'lib/index',
  'lib/strategies': 'lib/strategies',
  'lib/client': 'lib/client',
  'lib/server/testing': 'lib/server/testing',
};
const seen = new Set();

function copyTypes(file) {
  if (seen.has(file)) return;
  seen.add(file);
  const target = join(TO, file);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(FROM, file), target);
  const found = readFileSync(join(FROM, file), 'utf8').matchAll(/(?:from|import|import\()\s*'(\.[^']+)\.js'/g);
  for (const [, name] of found) copyTypes(join(dirname(file), `${name}.d.ts`));
}

for (const [entry, program] of Object.entries(ENTRIES)) {
  copyTypes(`${entry}.d.ts`);
  const path = relative(dirname(join(TO, entry)), join(FROM, `${program}.js`));
  writeFileSync(join(TO, `${entry}.js`), `module.exports = require('${path}');\n`);
}
writeFileSync(join(TO, 'package.json'), '{ "type": "commonjs" }\n');
