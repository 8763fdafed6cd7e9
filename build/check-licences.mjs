// The licences of what a host installs with the plugin, optional packages too: all are known, and all are permissive.

import { readFileSync } from 'node:fs';

/** As npm's lock file writes them (SPDX expressions). */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT OR Apache-2.0',
  'MIT-0',
]);

/** Packages whose manifest does not say it in the way of today, and where they do. */
const SAID_ELSEWHERE = new Map([
  ['passport-strategy@1.0.0', 'MIT'], // `licenses` in its manifest
  ['pause@0.0.1', 'MIT'], // its Readme.md
]);

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/** Where Node finds a package that the one at `from` asks for. */
function find(name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}

const shipped = new Set();
const waiting = [''];
for (const from of waiting) {
  const { dependencies, optionalDependencies, peerDependencies } = packages[from];
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const path = find(name, from);
    // What npm left out is optional.
    if (path === undefined || shipped.has(path)) continue;
    shipped.add(path);
    waiting.push(path);
  }
}

const licenceOf = (path) => {
  const { license, version } = packages[path];
  return license ?? SAID_ELSEWHERE.get(`${path.split('node_modules/').at(-1)}@${version}`);
};
const refused = [...shipped].filter((path) => !PERMISSIVE.has(licenceOf(path)));
for (const path of refused) console.error(`${path}: ${licenceOf(path) ?? 'no licence'} is not in the list of build/check-licences.mjs`);
if (refused.length > 0 || shipped.size === 0) process.exitCode = 1;
else console.log(`${shipped.size} packages, all under permissive licences`);
