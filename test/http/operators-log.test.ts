// What an operator reads: a warning with the fix where something is set up wrong, once, and no line that is not JSON.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { DataTypes, QueryTypes } from 'sequelize';
import type { HostUsers, Logger } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { request } from '../support/http-request.js';
import { person } from '../support/person.js';
import { startServer } from '../support/server.js';
import { databases, describeOn } from '../support/services.js';
import { openStage } from '../support/stage.js';
import { describeStorage } from '../support/storage-stage.js';
import { openTestHost, type TestHostOptions } from '../support/test-host.js';

class Warnings implements Logger {
  readonly all: { readonly msg: string; readonly columns?: readonly string[] }[] = [];
  info() {}
  warn(line: object, msg: string) {
    this.all.push({ ...line, msg });
  }
  error(line: object, msg: string) {
    this.all.push({ ...line, msg });
  }
}

/** @throws SyntaxError for a line that is not JSON */
const linesOf = (output: string) =>
  output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('listening on '))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

describeOn(databases, 'A column that asks for a value that no new user has', (kind) => {
  const scene = hostScene();

  async function warned(shape: Pick<TestHostOptions, 'attributes' | 'modelOptions' | 'defined'>, users: Partial<HostUsers> = {}) {
    const logger = new Warnings();
    const host = await scene.closing(openTestHost({ providers: scene, database: kind, plugin: { logger }, users, ...shape }));
    return { host, columns: logger.all.flatMap(({ columns = [] }) => columns), text: logger.all.map(({ msg }) => msg).join() };
  }

  it('is told at start, with what to do', async () => {
    const tier = { type: DataTypes.STRING(20), allowNull: false, field: 'member_tier' };
    const { columns, text } = await warned({ attributes: { tier } }, { defaults: () => ({ plan: 'free' }) });
    expect(columns).to.deep.equal(['member_tier']);
    expect(text).to.contain('users.defaults').and.to.contain('"member_tier"');
  });

  it('is told where only the table knows of it', async () => {
    const { columns } = await warned({
      defined: async (members) => {
        // SQLite adds no such column to a table that is there.
        const rows =
          "CREATE TABLE members (id INTEGER PRIMARY KEY, email VARCHAR(254) UNIQUE, 'passwordHash' VARCHAR(255), nickname VARCHAR(255) NOT NULL, plan VARCHAR(20) NOT NULL, region VARCHAR(9) NOT NULL)";
        if (kind !== 'sqlite') return await members.sequelize?.query('ALTER TABLE members ADD region VARCHAR(9) NOT NULL');
        await members.drop();
        return await members.sequelize?.query(rows);
      },
    });
    expect(columns).to.deep.equal(['region']);
  });

  it('is nothing to tell of where the host or the table gives the value', async () => {
    const attributes = {
      tier: { type: DataTypes.STRING(20), allowNull: false },
      level: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      code: { type: DataTypes.UUID, allowNull: false, defaultValue: DataTypes.UUIDV4 },
    };
    const modelOptions = { timestamps: true, version: true };
    const given = await warned({ attributes, modelOptions }, { defaults: { plan: 'free', tier: 'one' } });
    expect(given.columns).to.deep.equal([]);
    const made = await warned({ attributes, modelOptions }, { defaults: ({ nickname }) => ({ plan: 'free', tier: nickname }) });
    expect(made.columns).to.deep.equal([]);
    const client = await new ApiClient(made.host.base).signIn('google', scene.google, person());
    expect(client.user?.nickname).to.be.a('string');
  });

  it('stops nobody from starting, whatever the function of the host does about nobody', async () => {
    const defaults = () => {
      throw new Error('nobody');
    };
    expect((await warned({}, { defaults })).columns).to.deep.equal([]);
  });
});

describeStorage('A commit that fails', (stage, kind) => {
  if (kind === 'sqlite') return;

  it('is the 503 it is, and no line on the console', async () => {
    const printed: unknown[][] = [];
    const { warn, log, error } = console;
    const note = (...line: unknown[]) => void printed.push(line);
    Object.assign(console, { warn: note, log: note, error: note });
    try {
      const { transactions } = stage().here;
      const kill = kind === 'mariadb' ? 'KILL CONNECTION_ID()' : 'SELECT pg_terminate_backend(pg_backend_pid())';
      for (const late of [false, true]) {
        const failure = await transactions
          .write(async (transaction) => {
            const ended = stage().sequelize.query(kill, { type: QueryTypes.RAW, transaction });
            if (late) await ended.catch(() => undefined);
            else await ended;
          })
          .catch((thrown: unknown) => thrown);
        expect(failure).to.include({ code: 'unavailable' });
      }
      expect(await transactions.read(async () => 'well again')).to.equal('well again');
    } finally {
      Object.assign(console, { warn, log, error });
    }
    expect(printed).to.deep.equal([]);
  });
});

describe('The log of an operator', () => {
  it('says once that a proxy stands before a server that trusts none, and nothing of it where one is trusted', async () => {
    const [trusting, lone] = await Promise.all([
      startServer({ env: { LOG_LEVEL: 'warn', TRUST_PROXY: '1' } }),
      startServer({ env: { LOG_LEVEL: 'warn' } }),
    ]);
    try {
      for (const { base } of [trusting, lone]) {
        await request(`${base}/auth/me`, { method: 'GET' });
        for (let each = 0; each < 3; each += 1)
          await request(`${base}/auth/me`, { method: 'GET', headers: { 'x-forwarded-for': '203.0.113.7' } });
      }
      const told = (output: string) => linesOf(output).filter(({ msg }) => String(msg).includes('TRUST_PROXY'));
      expect([told(trusting.output()).length, told(lone.output()).length]).to.deep.equal([0, 1]);
      expect(lone.output()).not.to.contain('203.0.113.7');
    } finally {
      await Promise.all([trusting.stop(), lone.stop()]);
    }
  });

  it('names the issuer that is configured, and what was found there', async () => {
    const stage = await openStage({
      database: 'sqlite',
      config: { providers: { oidc: { issuer: 'http://127.0.0.1:9/' } } },
    });
    try {
      const answer = await stage.client().prepare('oidc');
      expect(answer.json?.code).to.equal(50007);
      stage.providers.google.bend.discovery = (honest) => ({ ...honest, issuer: 'https://other.example' });
      expect((await stage.client().prepare('google')).json?.code).to.equal(50007);
      const output = stage.servers.map((server) => server.output()).join('');
      const warnings = linesOf(output).filter(({ level }) => level === 40);
      const [unreachable, other] = ['oidc', 'google'].map((id) => warnings.find(({ provider }) => provider === id));
      expect(unreachable).to.include({ configured: 'http://127.0.0.1:9/' });
      expect(String(unreachable?.found)).to.contain('ECONNREFUSED');
      expect(other).to.include({ configured: stage.providers.google.issuer, found: 'https://other.example' });
    } finally {
      await stage.close();
    }
  });

  it('is warnings and errors in JSON, where the host names no logger', async () => {
    const script = `
      const { defaultLogger } = await import('./lib/support/logger.ts');
      const logger = defaultLogger();
      logger.info({ a: 1 }, 'quiet');
      logger.warn({ b: 'two\\nlines' }, 'a warning');
      logger.error({}, 'an error');`;
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(stderr).to.equal('');
    expect(linesOf(stdout).map(({ level, msg }) => [level, msg])).to.deep.equal([
      [40, 'a warning'],
      [50, 'an error'],
    ]);
  });
});
