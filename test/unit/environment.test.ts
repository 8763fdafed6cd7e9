// What an operator may set for the standalone server, and what they are told when it is wrong.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { parseSettings } from '../../config/parse-settings.js';
import { readEnvironment } from '../../lib/server/environment.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';

const SECRET = 'only-for-tests-only-for-tests-only';
const CLIENT = { clientId: 'client', clientSecret: 'hush-client-secret' };

describe('the environment of the standalone server', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'latchkey-environment-'));
  });

  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  function fileOf(settings: unknown): string {
    const file = join(dir, 'latchkey.json');
    writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
    return file;
  }

  function mistakesIn(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
    try {
      readEnvironment({ DATA_DIR: dir, ...env });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      expect(error.message.split('\n')).to.have.length(error.mistakes.length);
      for (const hush of ['hush', SECRET]) expect(error.message).not.to.include(hush);
      return Object.fromEntries(error.mistakes.map(({ path, expected }) => [path, expected]));
    }
    return {};
  }

  const pathsIn = (env: NodeJS.ProcessEnv) => Object.keys(mistakesIn(env));

  it('needs nothing to be set in development', () => {
    const { settings, settingsWith, secret, ...server } = readEnvironment({ DATA_DIR: dir });
    expect(server).to.deep.equal({
      host: '127.0.0.1',
      port: 3000,
      baseUrl: 'http://127.0.0.1:3000',
      databaseUrl: `sqlite:${join(dir, 'latchkey.sqlite')}`,
      redisUrl: undefined,
      smtpUrl: undefined,
      mailFrom: 'no-reply@localhost',
      trustProxy: 0,
      dataDir: dir,
      logLevel: 'info',
      production: false,
    });
    expect(settings).to.deep.include({ baseUrl: 'http://127.0.0.1:3000', secret, appName: 'BIO.RE', providers: new Map() });
    expect(parseSettings(settingsWith())).to.deep.equal(settings);
  });

  it('keeps its data under ./data, and takes empty variables for missing ones', () => {
    const empty = { HOST: '', PORT: '', BASE_URL: '', DATABASE_URL: '', REDIS_URL: '', SMTP_URL: '', MAIL_FROM: '', LATCHKEY_CONFIG: '' };
    const server = readEnvironment({ ...empty, TRUST_PROXY: '', LOG_LEVEL: '', DATA_DIR: '', LATCHKEY_SECRET: SECRET });
    expect(server).to.deep.include({ port: 3000, dataDir: resolve('data'), trustProxy: 0, logLevel: 'info', redisUrl: undefined });
    expect(server.databaseUrl).to.equal(`sqlite:${resolve('data', 'latchkey.sqlite')}`);
  });

  it('keeps everything an operator sets', () => {
    const { settings, settingsWith, ...server } = readEnvironment({
      HOST: '0.0.0.0',
      PORT: '8080',
      BASE_URL: 'https://app.example/',
      DATABASE_URL: 'postgresql://me:word@db.example/latchkey',
      REDIS_URL: 'rediss://:word@redis.example:6380/1',
      LATCHKEY_SECRET: SECRET,
      SMTP_URL: 'smtp://user:word@mail.example:587',
      MAIL_FROM: 'Keys <keys@app.example>',
      LATCHKEY_CONFIG: fileOf(
        `\uFEFF${JSON.stringify({ appName: 'Keys', linkByVerifiedEmail: ['google'], providers: { google: CLIENT } })}`,
      ),
      TRUST_PROXY: '2',
      DATA_DIR: dir,
      LOG_LEVEL: 'silent',
      NODE_ENV: 'production',
    });
    expect(server).to.deep.equal({
      host: '0.0.0.0',
      port: 8080,
      baseUrl: 'https://app.example',
      databaseUrl: 'postgresql://me:word@db.example/latchkey',
      redisUrl: 'rediss://:word@redis.example:6380/1',
      secret: SECRET,
      smtpUrl: 'smtp://user:word@mail.example:587',
      mailFrom: 'Keys <keys@app.example>',
      trustProxy: 2,
      dataDir: dir,
      logLevel: 'silent',
      production: true,
    });
    expect(settings).to.deep.include({ appName: 'Keys', baseUrl: 'https://app.example', secret: SECRET, linkByVerifiedEmail: ['google'] });
    expect(parseSettings(settingsWith()).providers.get('google')).to.deep.include(CLIENT);
  });

  it('tells an operator every mistake of variables and file at once, and no value', () => {
    const mistakes = mistakesIn({
      HOST: 'http://hush',
      PORT: '65536',
      BASE_URL: 'https://me:hush@app.example',
      DATABASE_URL: 'mongodb://me:hush@db.example/a',
      REDIS_URL: 'http://:hush@redis.example',
      LATCHKEY_SECRET: 'hush',
      SMTP_URL: 'hush',
      MAIL_FROM: 'Keys\r\nBcc: hush <hush@app.example>',
      TRUST_PROXY: 'true',
      LOG_LEVEL: 'hush',
      LATCHKEY_CONFIG: fileOf({
        baseUrl: 'https://hush',
        secret: SECRET,
        debug: 'hush',
        apName: 1,
        providers: { google: { clientSecret: 'hush' } },
      }),
    });
    expect(mistakes).to.have.all.keys(
      ...['HOST', 'PORT', 'BASE_URL', 'DATABASE_URL', 'REDIS_URL', 'LATCHKEY_SECRET', 'SMTP_URL', 'MAIL_FROM', 'TRUST_PROXY', 'LOG_LEVEL'],
      ...['baseUrl', 'secret', 'debug', 'apName', 'providers.google.clientId'],
    );
    expect(mistakes.secret).to.include('LATCHKEY_SECRET');
  });

  it('says what is wrong with the file without showing it', () => {
    const read = (LATCHKEY_CONFIG: string) => mistakesIn({ LATCHKEY_SECRET: SECRET, LATCHKEY_CONFIG });
    expect(read(join(dir, 'nowhere.json')).LATCHKEY_CONFIG).to.include('ENOENT');
    expect(read(dir).LATCHKEY_CONFIG).to.include('EISDIR');
    for (const content of ['hush', '', '{"secret": hush}', '{} // hush']) {
      expect(read(fileOf(content)), content).to.have.all.keys('LATCHKEY_CONFIG');
      expect(read(fileOf(content)).LATCHKEY_CONFIG).to.include('JSON');
    }
    for (const content of ['[]', '"hush"', 'null', '7']) expect(read(fileOf(content)).LATCHKEY_CONFIG, content).to.include('JSON object');
  });

  it('goes on checking the variables when the file cannot be read, and the file when the variables are wrong', () => {
    expect(pathsIn({ LATCHKEY_CONFIG: join(dir, 'nowhere.json'), BASE_URL: 'hush', PORT: '-1' })).to.have.members([
      'LATCHKEY_CONFIG',
      'BASE_URL',
      'PORT',
    ]);
    expect(pathsIn({ HOST: 'a b', LATCHKEY_CONFIG: fileOf({ debug: 7 }) })).to.have.members(['HOST', 'debug']);
  });

  it('takes whole ports only', () => {
    for (const PORT of ['0', '1', '65535']) expect(pathsIn({ PORT }), PORT).to.deep.equal([]);
    for (const PORT of ['-1', '65536', '80.5', '0x50', '8e1', ' 80', 'http']) expect(pathsIn({ PORT }), PORT).to.deep.equal(['PORT']);
  });

  it('takes databases that the server can speak to, and none in memory', () => {
    for (const DATABASE_URL of [
      'sqlite:a.db',
      'sqlite:/var/a.db',
      'mysql://root@127.0.0.1:3306/a',
      'mariadb://h/a',
      'postgres://me@[::1]/a',
      'postgresql://h/a',
    ]) {
      expect(pathsIn({ DATABASE_URL }), DATABASE_URL).to.deep.equal([]);
    }
    for (const DATABASE_URL of ['sqlite:', 'sqlite::memory:', 'mssql://h/a', 'mysql://h', 'mysql:///a', 'postgres://h/', 'a.db']) {
      expect(pathsIn({ DATABASE_URL }), DATABASE_URL).to.deep.equal(['DATABASE_URL']);
    }
  });

  it('counts proxies, and trusts no word', () => {
    for (const TRUST_PROXY of ['true', '-1', '1.5', 'loopback', '101'])
      expect(pathsIn({ TRUST_PROXY }), TRUST_PROXY).to.deep.equal(['TRUST_PROXY']);
  });

  it('writes an IPv6 host in brackets', () => {
    expect(readEnvironment({ DATA_DIR: dir, HOST: '::1', PORT: '80' }).baseUrl).to.equal('http://[::1]');
  });

  it('leaves the origin open while the port is open, unless BASE_URL says it', () => {
    const server = readEnvironment({ DATA_DIR: dir, PORT: '0' });
    expect(server.baseUrl).to.equal(undefined);
    expect(server.settingsWith({ baseUrl: 'http://127.0.0.1:41234' }).baseUrl).to.equal('http://127.0.0.1:41234');
    expect(readEnvironment({ DATA_DIR: dir, PORT: '0', BASE_URL: 'http://app.example' }).baseUrl).to.equal('http://app.example');
    expect(pathsIn({ PORT: '0', HOST: '0.0.0.0', NODE_ENV: 'production', LATCHKEY_SECRET: SECRET })).to.deep.equal(['BASE_URL']);
    expect(pathsIn({ DATABASE_URL: 'postgres://a@b/c?sslmode=maybe' })).to.deep.equal(['DATABASE_URL']);
    for (const HOST of ['0.0.0.0', '::']) {
      for (const PORT of ['0', '3000']) expect(pathsIn({ PORT, HOST, LATCHKEY_SECRET: SECRET }), HOST).to.deep.equal(['BASE_URL']);
    }
  });

  it('lets the server add providers of its own to those of the file', () => {
    const server = readEnvironment({ DATA_DIR: dir, LATCHKEY_CONFIG: fileOf({ appName: 'Keys', providers: { google: CLIENT } }) });
    const demo = { type: 'oidc', issuer: 'http://127.0.0.1:4000', ...CLIENT } as const;
    const settings = parseSettings(server.settingsWith({ providers: { demo } }));
    expect([...settings.providers.keys()]).to.deep.equal(['google', 'demo']);
    expect(settings).to.deep.include({ appName: 'Keys', baseUrl: 'http://127.0.0.1:3000' });
    expect([...server.settings.providers.keys()]).to.deep.equal(['google']);
    expect(() => parseSettings(server.settingsWith({ providers: { demo: { ...demo, issuer: 'http://demo.example' } } }))).to.throw(
      ConfigurationError,
      'providers.demo.issuer',
    );
  });

  describe('in production', () => {
    const production = { NODE_ENV: 'production', BASE_URL: 'https://app.example', LATCHKEY_SECRET: SECRET };

    it('makes no secret of its own', () => {
      expect(pathsIn({ ...production, LATCHKEY_SECRET: undefined })).to.deep.equal(['LATCHKEY_SECRET']);
      expect(pathsIn({ ...production, LATCHKEY_SECRET: '' })).to.deep.equal(['LATCHKEY_SECRET']);
      writeFileSync(join(dir, 'secret'), SECRET);
      expect(pathsIn({ ...production, LATCHKEY_SECRET: undefined })).to.deep.equal(['LATCHKEY_SECRET']);
      rmSync(join(dir, 'secret'));
      expect(readdirSync(dir)).to.deep.equal([]);
    });

    it('is served over https, or on this machine only', () => {
      expect(pathsIn(production)).to.deep.equal([]);
      expect(pathsIn({ ...production, BASE_URL: undefined })).to.deep.equal([]);
      expect(pathsIn({ ...production, BASE_URL: 'http://app.example' })).to.deep.equal(['BASE_URL']);
      expect(pathsIn({ ...production, BASE_URL: undefined, HOST: '0.0.0.0' })).to.deep.equal(['BASE_URL']);
    });
  });

  describe('the development secret', () => {
    it('is made once, for its owner’s eyes, and kept', () => {
      const DATA_DIR = join(dir, 'not', 'there', 'yet');
      const { secret } = readEnvironment({ DATA_DIR });
      expect(secret).to.match(/^[\w-]{64}$/);
      expect(readEnvironment({ DATA_DIR }).secret).to.equal(secret);
      expect(readdirSync(DATA_DIR)).to.deep.equal(['secret']);
      expect(statSync(join(DATA_DIR, 'secret')).mode & 0o777).to.equal(0o600);
    });

    it('is not made where one is given', () => {
      expect(readEnvironment({ DATA_DIR: dir, LATCHKEY_SECRET: SECRET }).secret).to.equal(SECRET);
      expect(readdirSync(dir)).to.deep.equal([]);
    });

    it('is refused where its file was cut short, and the file is left alone', () => {
      writeFileSync(join(dir, 'secret'), 'hush');
      expect(mistakesIn({ PORT: 'x' })).to.have.all.keys('PORT', 'DATA_DIR');
      expect(readFileSync(join(dir, 'secret'), 'utf8')).to.equal('hush');
    });

    it('is a mistake of DATA_DIR where it cannot be kept', () => {
      writeFileSync(join(dir, 'file'), '');
      expect(mistakesIn({ DATA_DIR: join(dir, 'file', 'data') }).DATA_DIR).to.include('ENOTDIR');
      mkdirSync(join(dir, 'secret'));
      expect(mistakesIn({}).DATA_DIR).to.include('EISDIR');
    });

    it('is one secret when two processes start at once', async () => {
      const processes = [startProcess(), startProcess()] as const;
      try {
        await Promise.all(processes.map(({ answer }) => answer()));
        const rounds = Array.from({ length: 60 }, (_, round) => join(dir, `round-${round}`));
        for (const DATA_DIR of rounds) {
          mkdirSync(DATA_DIR);
          const at = Date.now() + 5;
          const secrets = await Promise.all(processes.map(({ ask }) => ask({ DATA_DIR, at })));
          expect(secrets[0]).to.match(/^[\w-]{64}$/);
          expect(secrets[1]).to.equal(secrets[0]);
          expect(readdirSync(DATA_DIR)).to.deep.equal(['secret']);
        }
      } finally {
        await Promise.all(processes.map(({ stop }) => stop()));
      }
    });
  });
});

/** A process that reads the environment whenever it is told a directory and a moment, which it awaits without a timer's delay. */
const PROCESS = `
  import { createInterface } from 'node:readline';
  import { readEnvironment } from ${JSON.stringify(new URL('../../lib/server/environment.js', import.meta.url).href)};
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { DATA_DIR, at } = JSON.parse(line);
    while (Date.now() < at);
    try { console.log(readEnvironment({ DATA_DIR }).secret); } catch (error) { console.log(error.message.replaceAll('\\n', ' ')); }
  });
  console.log('ready');
`;

function startProcess() {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', PROCESS]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => (await lines.next()).value;
  return {
    answer,
    ask: (question: { readonly DATA_DIR: string; readonly at: number }) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return answer();
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}
