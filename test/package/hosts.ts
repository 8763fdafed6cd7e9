// The hosts that the package is tried in: projects of their own, in folders of the run.

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../support/run-folder.js';
import type { Host } from './host-suite.js';
import { installInto, link, type PackedPlugin, PROJECT_ROOT, unpackInto } from './packed-plugin.js';

/** With a driver for SQLite and nothing else but what the plugin's manifest demands. */
export async function esmExpress5(packed: PackedPlugin): Promise<Host> {
  const project = newFolder('esm-express5');
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  cpSync(join(PROJECT_ROOT, 'test/package/hosts/esm-express5.mjs'), join(project, 'server.mjs'));
  await unpackInto(project, packed);
  link('@appthreat/sqlite3', project);
  return { project, script: 'server.mjs' };
}

function legacyApp(): Host {
  const project = newFolder('legacy-express4');
  cpSync(join(PROJECT_ROOT, 'examples/legacy-express4'), project, {
    recursive: true,
    filter: (path) => !/node_modules|package-lock\.json|\.sqlite/.test(path.slice(PROJECT_ROOT.length)),
  });
  return { project, script: 'server.js' };
}

/** Installed by npm; undefined where it cannot reach its registry. */
export async function installedLegacyApp(packed: PackedPlugin): Promise<Host | undefined> {
  const host = legacyApp();
  return (await installInto(host.project, packed)) ? host : undefined;
}

/** With this repository's Express 4, and no registry. */
export async function linkedLegacyApp(packed: PackedPlugin): Promise<Host> {
  const host = legacyApp();
  await unpackInto(host.project, packed, ['express']);
  link('express-4', host.project, 'express');
  link('@appthreat/sqlite3', host.project);
  return host;
}
