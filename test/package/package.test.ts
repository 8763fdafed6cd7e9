// The package as people get it: what is in the tarball, and that hosts of two ages can live with it.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { docsPages } from '../support/docs-pages.js';
import { newFolder } from '../support/run-folder.js';
import { describeFirstHour } from './first-hour.js';
import { describeHost } from './host-suite.js';
import { esmExpress5, installedLegacyApp } from './hosts.js';
import { legacySessions } from './legacy-sessions.js';
import { leavesAlone } from './not-ours.js';
import { type Manifest, type PackedPlugin, packPlugin, readJson, requestPacked, unpackInto } from './packed-plugin.js';
import { describePrintedHost, PRINTED_HOSTS } from './printed-host.js';
import { describeSqliteDrivers } from './sqlite-drivers.js';

const run = promisify(execFile);

/** Whatever a shell command said and how it ended. */
async function outcomeOf(program: string, args: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  try {
    const { stdout, stderr } = await run(program, [...args]);
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code, said: `${stdout}${stderr}` };
  }
}

describe('The published package', () => {
  requestPacked();
  let plugin: PackedPlugin;

  before('build and pack', async function () {
    this.timeout(60_000);
    plugin = await packPlugin();
  });

  it('holds the compiled program and its types, the docs, and nothing of the workshop', () => {
    const program = /^dist\/(?:cjs\/)?(?:(?:config|lib|models|routes)\/[\w/-]+\.(?:js|d\.ts)|package\.json)$/;
    const pages = /^docs\/(?!api\/)[\w/-]+\.(?:md|json)$|^(?:README|CHANGELOG|CONTRIBUTING|SECURITY)\.md$|\/assets\/[\w/-]+\.(?:css|svg)$/;
    expect(plugin.files.filter((path) => !program.test(path) && !pages.test(path))).to.have.members(['LICENSE', 'package.json']);
    expect(plugin.files).to.include.members(['dist/lib/index.js', 'dist/lib/index.d.ts', 'dist/lib/server/cli.js', 'README.md']);
  });

  it('holds every page that its pages link to', () => {
    const pages = docsPages().filter(({ path }) => plugin.files.includes(path));
    const linked = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map(([, target = '']) => [path, target] as const),
    );
    const missing = linked
      .filter(([, target]) => !/^\w+:/.test(target))
      .filter(([from, target]) => !plugin.files.includes(normalize(join(dirname(from), target))));
    expect(linked).to.have.length.above(100);
    expect(missing).to.deep.equal([]);
  });

  it('says how the command is used, and fails, when asked for something it does not know or has no package for', async () => {
    const project = newFolder('command');
    await unpackInto(project, plugin);
    const installed = join(project, 'node_modules/express-latchkey');
    const { bin } = readJson<Manifest>(join(installed, 'package.json'));
    const [help, typo] = await Promise.all(
      ['--help', 'sevre'].map((argument) => outcomeOf(process.execPath, [join(installed, bin.latchkey ?? ''), argument])),
    );
    expect([help?.code, typo?.code]).to.deep.equal([0, 2]);
    expect(help?.said).to.match(/^usage: latchkey <command> /);
    expect(typo?.said).to.match(/^latchkey: there is no such command\n\nusage: latchkey <command> /);
    const rows = join(project, 'links.csv');
    writeFileSync(rows, 'userId,provider,subject\n1,google,1\n');
    const csv = await outcomeOf(process.execPath, [join(installed, bin.latchkey ?? ''), 'import', rows]);
    expect(csv).to.deep.equal({ code: 1, said: 'latchkey: Reading CSV needs the package csv-parse: run "npm install csv-parse@7"\n' });
  });

  describeHost({
    title: 'in an ESM app on Express 5, with a driver for SQLite and nothing else but what its manifest demands',
    prepare: esmExpress5,
    further: [leavesAlone],
  });

  describeHost({
    title: 'in the CommonJS app on Express 4 of the examples, installed by npm',
    prepare: installedLegacyApp,
    further: [leavesAlone, legacySessions],
  });

  for (const host of PRINTED_HOSTS) describePrintedHost(host, () => plugin);
  describeSqliteDrivers(() => plugin);
  describeFirstHour(() => plugin);
});
