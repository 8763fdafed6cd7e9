// What a host's driver for SQLite may be, and what is said where there is none.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { newFolder } from '../support/run-folder.js';
import { link, type PackedPlugin, PROJECT_ROOT, unpackInto } from './packed-plugin.js';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function node(project: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  // Nothing of the developer's own environment.
  const { PATH = '', HOME = '' } = process.env;
  const running = promisify(execFile)(process.execPath, [...args], { cwd: project, env: { PATH, HOME, ...env } });
  return await running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
  );
}

/** A CommonJS package of the project's own. */
function writePackage(project: string, name: string, text: string): void {
  const file = join(project, 'node_modules', name, 'index.js');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A host without a `dialectModule`, as all were before. */
const PLAIN_HOST = `
  import { latchkey } from 'express-latchkey';
  import { Sequelize } from 'sequelize';
  const sequelize = new Sequelize({ dialect: 'sqlite', storage: 'host.sqlite', logging: false });
  const secret = 'a secret for tests that is long enough';
  const keys = await latchkey({ sequelize, baseUrl: 'http://127.0.0.1:3000', secret, providers: {} });
  const [[counted]] = await sequelize.query('SELECT count(*) AS users FROM users');
  console.log(JSON.stringify(counted));
  await keys.close();
`;

export function describeSqliteDrivers(plugin: () => PackedPlugin): void {
  describe('and SQLite:', () => {
    async function project(): Promise<string> {
      const folder = newFolder('driver');
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      await unpackInto(folder, plugin());
      return folder;
    }

    const migrate = (folder: string) =>
      node(folder, ['node_modules/express-latchkey/dist/lib/server/cli.js', 'migrate'], { DATABASE_URL: 'sqlite:host.sqlite' });

    it('a host without a driver is told what to install, in one sentence', async () => {
      const { code, stdout, stderr } = await migrate(await project());
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.match(/^latchkey: The driver for SQLite is not installed: run "npm install @appthreat\/sqlite3@8"[^\n]*\n$/);
    });

    it('and so is one whose driver does not load on its machine', async () => {
      const folder = await project();
      writePackage(folder, '@appthreat/sqlite3', 'throw new Error("No native build was found for platform=plan9");');
      const { code, stderr } = await migrate(folder);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^latchkey: The driver for SQLite does not work on this machine: run "npm install [^\n]*\n$/);
    });

    it('a driver by the name of sqlite3 will do', async () => {
      const folder = await project();
      link('@appthreat/sqlite3', folder, 'sqlite3');
      expect(await migrate(folder)).to.deep.equal({ code: 0, stdout: 'the schema is up to date\n', stderr: '' });
    });

    it("a host's own sqlite3 goes on under a plain Sequelize", async () => {
      const folder = await project();
      // In the shape of sqlite3, which would have to be compiled here.
      const driver = JSON.stringify(join(PROJECT_ROOT, 'node_modules/@appthreat/sqlite3'));
      writePackage(folder, 'sqlite3', `module.exports = require(${driver}).default;`);
      writeFileSync(join(folder, 'host.js'), PLAIN_HOST);
      // Sequelize is a link here, and looks beside where it leads.
      const outcome = await node(folder, ['host.js'], { NODE_PATH: join(folder, 'node_modules') });
      expect(outcome).to.deep.equal({ code: 0, stdout: '{"users":0}\n', stderr: '' });
    });
  });
}
