// The `latchkey` command on a host's own configuration, as an operator types it.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { compiledHostCli } from '../support/compiled.js';
import { startOpenIdProvider } from '../support/openid-provider.js';
import { newFolder } from '../support/run-folder.js';
import { openStorageStage, type StorageStage } from '../support/storage-stage.js';
import { mailTo, storedPerson } from '../support/stored-people.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe('An operator who types `latchkey`', () => {
  let stage: StorageStage;
  let config: string;
  let cli: string;

  function hostConfig(name: string, url: string, more = ''): string {
    const file = join(newFolder('host'), name);
    writeFileSync(
      file,
      `import { Sequelize } from ${JSON.stringify(import.meta.resolve('sequelize'))};
import dialectModule from ${JSON.stringify(import.meta.resolve('@appthreat/sqlite3'))};
export default async () => ({
  sequelize: new Sequelize({ dialect: 'sqlite', storage: ${JSON.stringify(url.slice('sqlite:'.length))}, dialectModule, logging: false }),
  baseUrl: 'http://127.0.0.1:3000',
  secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
  mail: { transport: { send: async () => { throw new Error('a command sends nothing'); }, close() {} }, from: 'a@b.test' },
  providers: { google: { clientId: 'c', clientSecret: 's' }, oidc: { issuer: 'http://127.0.0.1:9', clientId: 'c', clientSecret: 's' } },
  ${more}
});
`,
    );
    return file;
  }

  /** Without the environment's settings: whatever is found is found by the file. */
  function call(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const all = [cli, ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, all, { cwd: ROOT, env: { PATH: process.env.PATH, ...env } }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      });
    });
  }

  const onHost = (...args: readonly string[]) => call([...args, '--config', config]);
  const linksOf = async (userId: string) =>
    (await stage.query<{ provider: string }>('SELECT provider FROM social_links WHERE user_id = :userId ORDER BY id', { userId })).map(
      ({ provider }) => provider,
    );

  before(async () => {
    [stage, cli] = await Promise.all([openStorageStage('sqlite'), compiledHostCli()]);
    config = hostConfig('latchkey.config.mjs', stage.url);
  });
  after(() => stage.close());

  it('is told how, asks for the version, and gets a fresh secret each time', async () => {
    const [help, version, one, other] = await Promise.all([call(['--help']), call(['--version']), call(['secret']), call(['secret'])]);
    expect(help.code).to.equal(0);
    for (const word of ['serve', 'migrate', 'doctor', 'user unlink', 'audit', 'outbox retry', 'secret', '--config'])
      expect(help.out).to.include(word);
    expect([version.code, /^\d+\.\d+\.\d+\n$/.test(version.out)]).to.deep.equal([0, true]);
    expect(one.out).to.match(/^[\w-]{43}\n$/);
    expect(one.out).not.to.equal(other.out);
  });

  it('reads exit code 2 and the usage where the call makes no sense, and nothing is opened', async () => {
    const wrong: readonly (readonly string[])[] = [
      [],
      ['unknown'],
      ['doctor', '--nonsense'],
      ['doctor', '--since', '1d'],
      ['user', 'show'],
      ['user', 'unlink', '1'],
      ['user', 'rename', '1'],
      ['audit', '--since', 'yesterday'],
      ['outbox', 'empty'],
      ['serve', '--config', 'nowhere.js'],
      ['doctor', '--dry-run'],
      ['doctor', '--ahead'],
    ];
    for (const { code, out, err } of await Promise.all(
      wrong.map((args) => call(args, { DATABASE_URL: 'sqlite:/nowhere/at/all.sqlite' })),
    )) {
      expect([code, out], err).to.deep.equal([2, '']);
      expect(err)
        .to.include('usage: latchkey')
        .and.not.match(/^\s+at /m);
    }
  });

  it('brings the schema up to date, or as far as that goes ahead, and hears what is next', async () => {
    const url = (await openStorageStage('sqlite', { migrated: false })).url;
    const at = (...args: readonly string[]) => call(args, { DATABASE_URL: url });
    const [ahead, done, again] = [await at('migrate', '--ahead'), await at('migrate'), await at('migrate', '--ahead')];
    expect([ahead.code, done.code, again.code], ahead.err + done.err).to.deep.equal([0, 0, 0]);
    expect(ahead.out).to.include('stop the processes of the previous version').and.to.include('0001-users is next');
    expect([done.out, again.out]).to.deep.equal(['the schema is up to date\n', 'the schema is up to date\n']);
  }).timeout(60_000);

  it('sees who somebody is, by id and by address, and what of it counts', async () => {
    const { user } = await storedPerson(stage.here, { providers: ['google', 'x'] });
    const { code, out } = await onHost('user', 'show', user.id, '--json');
    expect(code).to.equal(0);
    const shown = JSON.parse(out);
    expect(shown).to.include({ id: user.id, email: user.email, status: 'active' });
    expect(shown.methods).to.deep.equal(['link:google']);
    expect(shown.links.map((link: { provider: string; counts: boolean }) => [link.provider, link.counts])).to.deep.equal([
      ['google', true],
      ['x', false],
    ]);
    const byAddress = await onHost('user', 'show', String(user.email));
    expect(byAddress.out).to.include(`user ${user.id}:`).and.include('x: linked').and.include('does not count');
    const nobody = await onHost('user', 'show', '1 OR 1=1');
    expect([nobody.code, nobody.err]).to.deep.equal([1, 'latchkey: there is no user with this id\n']);
  });

  it('unlinks under the guard: never the last way in, and the person is mailed', async () => {
    const { user } = await storedPerson(stage.here, { providers: ['google', 'oidc'] });
    const done = await onHost('user', 'unlink', user.id, 'google');
    expect([done.code, done.out], done.err).to.deep.equal([0, `google unlinked from user ${user.id}\n`]);
    const refused = await onHost('user', 'unlink', user.id, 'oidc');
    expect(refused.code).to.equal(1);
    expect(refused.err)
      .to.include('only sign-in method')
      .and.not.match(/^\s+at /m);
    expect(await linksOf(user.id)).to.deep.equal(['oidc']);
    const audit = await onHost('audit', '--user', user.id, '--since', '1h', '--json');
    const events = audit.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).to.include('auth.oauth.unlink.success');
    expect(events.every(({ userId }) => String(userId) === user.id)).to.equal(true);
    expect(
      await stage.query("SELECT id FROM outbox_messages WHERE kind = 'mail' AND message LIKE :to", { to: `%${user.email}%` }),
    ).to.have.length(1);
  });

  it('brings links along from a file, tries it first, and is told of what cannot be one', async () => {
    const { user } = await storedPerson(stage.here, { providers: [] });
    const file = join(newFolder('import'), 'links.csv');
    writeFileSync(
      file,
      `userId,provider,subject,email\n${user.id},google,g-${user.id},a@b.test\n${user.id},github,h-1,\n999999,google,g-2,\n`,
    );
    const tried = await onHost('import', file, '--dry-run', '--json');
    expect([tried.code, JSON.parse(tried.out).created, await linksOf(user.id)], tried.err).to.deep.equal([1, 1, []]);
    const done = await onHost('import', file);
    expect(done.code).to.equal(1);
    expect(done.out).to.include('1 link(s) created, 0 unchanged, 2 conflict(s)');
    expect(await linksOf(user.id)).to.deep.equal(['google']);
    writeFileSync(file.replace('.csv', '.jsonl'), `${JSON.stringify({ userId: user.id, provider: 'google', subject: `g-${user.id}` })}\n`);
    const again = await onHost('import', file.replace('.csv', '.jsonl'));
    expect([again.code, again.out]).to.deep.equal([0, '0 link(s) created, 1 unchanged, 0 conflict(s)\n']);
    expect((await onHost('import', 'nowhere.csv')).err).to.equal('latchkey: the file cannot be read (ENOENT)\n');
    expect((await onHost('import', 'links.xls')).code).to.equal(2);
  });

  it('lists somebody’s sessions, and ends them with an audit row', async () => {
    const { user, sessionId } = await storedPerson(stage.here);
    const listed = await onHost('user', 'sessions', user.id, '--json');
    expect(JSON.parse(listed.out)).to.include({ id: sessionId });
    expect((await onHost('user', 'sessions', user.id, '--end')).out).to.equal('1 session(s) ended\n');
    expect((await onHost('user', 'sessions', user.id)).out).to.equal('');
    const { out } = await onHost('audit', '--user', user.id);
    expect(JSON.parse(out)).to.include({ event: 'auth.sessions.revoke_all.success' });
  });

  it('finds what the outbox gave up, has it tried again, and drops it with an audit row', async () => {
    await stage.run('DELETE FROM outbox_messages');
    await stage.here.accounts.signIn(async (transaction) => {
      await transaction.mail(mailTo('stuck@example.test'));
      await transaction.mail(mailTo('fine@example.test'));
    });
    const [stuck] = await stage.query<{ id: string }>("SELECT id FROM outbox_messages WHERE message LIKE '%stuck@%'");
    const id = String(stuck?.id);
    await stage.here.outbox.mail.givenUp(id, { error: '550 no such mailbox', attempts: 3 });
    const [listed, doctor] = await Promise.all([onHost('outbox', 'list', '--json'), onHost('doctor', '--offline', '--json')]);
    const rows = listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(listed.code).to.equal(1);
    expect(rows.find((row) => row.id === id)).to.include({ state: 'given up', lastError: '550 no such mailbox' });
    expect(listed.out).not.to.include('@example.test');
    expect(doctor.code).to.equal(1);
    expect(JSON.parse(doctor.out).outbox[0]).to.include({ kind: 'mail', waiting: 1, givenUp: 1 });
    expect((await onHost('outbox', 'retry')).out).to.equal('1 message(s) due again\n');
    const again = await onHost('outbox', 'list');
    expect([again.code, again.out.includes('given up')]).to.deep.equal([0, false]);
    expect((await onHost('outbox', 'drop', id)).out).to.equal('1 message(s) dropped\n');
    expect((await onHost('outbox', 'drop', id)).code).to.equal(1);
    expect(await stage.query('SELECT id FROM outbox_messages WHERE id = :id', { id })).to.deep.equal([]);
    expect((await onHost('audit')).out).to.include('outbox.mail.dropped');
  });

  it('leaves alone what a worker holds just now', async () => {
    await stage.run('DELETE FROM outbox_messages');
    await stage.here.accounts.signIn((transaction) => transaction.mail(mailTo('held@example.test')));
    const now = new Date();
    const [held] = await stage.here.outbox.mail.claim({ by: crypto.randomUUID(), leaseMs: 600_000, now, limit: 1 });
    for (const verb of ['retry', 'drop']) expect((await onHost('outbox', verb, String(held?.id))).code, verb).to.equal(1);
    expect(await stage.query('SELECT id FROM outbox_messages')).to.have.length(1);
  });

  it('has the providers asked who they are, and reads what is wrong with an issuer', async () => {
    await stage.run('DELETE FROM outbox_messages');
    const [fine, moved] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
    moved.bend.discovery = (honest) => ({ ...honest, issuer: 'https://elsewhere.test' });
    const provider = (issuer: string, more = '') => `{ type: 'oidc', issuer: '${issuer}', clientId: 'c', clientSecret: 's', ${more} }`;
    const [nowhere, off] = [provider('http://127.0.0.1:9'), provider('http://127.0.0.1:9', 'enabled: false')];
    const providers = `fine: ${provider(fine.issuer)}, moved: ${provider(moved.issuer)}, nowhere: ${nowhere}, off: ${off}`;
    const file = hostConfig('asked.mjs', stage.url, `providers: { ${providers}, x: { clientId: 'c', clientSecret: 's' } },`);
    const [asked, inWords, offline] = await Promise.all([
      call(['doctor', '--json', '--config', file]),
      call(['doctor', '--config', file]),
      call(['doctor', '--json', '--offline', '--config', file]),
    ]);
    await Promise.all([fine.close(), moved.close()]);
    const { healthy, stranded, issuers } = JSON.parse(asked.out);
    expect(issuers).to.deep.equal({
      fine: 'ok',
      moved: `the issuer "${moved.issuer}" cannot be used: the discovered issuer is not the configured one, the provider says "https://elsewhere.test" (correct providers.moved, or make the provider reachable from this machine)`,
      nowhere:
        'the issuer "http://127.0.0.1:9" cannot be used: there is no answer: connect ECONNREFUSED 127.0.0.1:9 (ECONNREFUSED) (correct providers.nowhere, or make the provider reachable from this machine)',
    });
    expect([asked.code, healthy, asked.err]).to.deep.equal([1, false, '']);
    expect(inWords.out)
      .to.include('\nfine: the provider answers\n')
      .and.include(`\nnowhere: ${issuers.nowhere}\n`)
      .and.not.match(/^\s+at /m);
    expect([offline.code, JSON.parse(offline.out).issuers]).to.deep.equal([stranded === 0 ? 0 : 1, {}]);
  });

  it('reads one sentence with the fix where database, secret, schema or file are wrong', async () => {
    const empty = `sqlite:${join(newFolder('empty'), 'new.sqlite')}`;
    const sentences: readonly (readonly [readonly string[], NodeJS.ProcessEnv, string])[] = [
      [['doctor'], { DATABASE_URL: 'mysql://root@127.0.0.1:1/app' }, 'the database does not answer'],
      [['doctor'], { DATABASE_URL: empty }, 'run `latchkey migrate` first'],
      [['doctor', '--config', 'nowhere.js'], {}, 'there is no file nowhere.js'],
      [['doctor', '--config', 'package.json'], {}, 'package.json'],
      [['doctor', '--config', hostConfig('a.mjs', stage.url, "secret: 'short',")], {}, 'secret: expected at least 32 characters'],
      [
        [
          'doctor',
          '--config',
          hostConfig('b.mjs', stage.url, "providers: { oidc: { issuer: 'nonsense', clientId: 'c', clientSecret: 's' } },"),
        ],
        {},
        'providers.oidc.issuer: expected',
      ],
    ];
    const outcomes = await Promise.all(
      sentences.map(async ([args, env, sentence]) => ({
        sentence,
        ...(await call(args, { LATCHKEY_SECRET: 'a-secret-for-tests-that-is-long-enough-0123456789', ...env })),
      })),
    );
    for (const { code, err, sentence } of outcomes) {
      expect([code, err.trim().split('\n').length], err).to.deep.equal([1, 1]);
      expect(err).to.include(sentence);
    }
  });
});
