// What a host gets from npm, by database: packages and MiB of the packed plugin in an empty folder, without development tools.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { tarball: { type: 'string' } } });

/** What a host installs besides the plugin, Express and Sequelize. */
const HOSTS = {
  'MySQL or MariaDB, no mail': [],
  'PostgreSQL, no mail': ['pg@8'],
  'SQLite, no mail': ['@appthreat/sqlite3@8'],
  'MySQL or MariaDB, mail': ['nodemailer@10'],
};

const folder = mkdtempSync(join(tmpdir(), 'installed-'));
const run = (program, args, cwd) => execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const tarball = resolve(
    values.tarball ?? join(folder, run('npm', ['pack', '--silent', '--pack-destination', folder], '.').trim().split('\n').at(-1)),
  );
  console.log('| host | packages | MiB |\n|---|---:|---:|');
  for (const [n, [title, packages]] of Object.entries(HOSTS).entries()) {
    const project = join(folder, String(n));
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"private":true}');
    const install = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'];
    run('npm', [...install, 'express', 'sequelize@6', tarball, ...packages], project);
    // The first line is the project itself.
    const count = run('npm', ['ls', '--all', '--parseable'], project).trim().split('\n').length - 1;
    const [mebibytes] = run('du', ['-sm', 'node_modules'], project).split('\t');
    console.log(`| ${title} | ${count} | ${mebibytes} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
