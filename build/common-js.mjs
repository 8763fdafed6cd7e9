// What a CommonJS project gets by `require`: the same program, and types that its compiler takes for CommonJS (TypeScript before 5.8).

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FROM = 'dist';
const TO = 'dist/cjs';
const ENTRIES = ['lib/index', 'lib/host-user'];
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

for (const entry of ENTRIES) {
  copyTypes(`${entry}.d.ts`);
  writeFileSync(join(TO, `${entry}.js`), `module.exports = require('../../lib/index.js');\n`);
}
writeFileSync(join(TO, 'package.json'), '{ "type": "commonjs" }\n');
