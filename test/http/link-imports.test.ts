// Links that an app brings along: what becomes of each row, on every database; nothing is overwritten, and the owners sign in.

import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { QueryTypes } from 'sequelize';
import type { LinkRow } from '../../lib/index.js';
import { readLinkRows } from '../../lib/server/link-rows.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const AT = '2024-02-03T04:05:06.000Z';

describeOn(databases, 'Links that come along', (kind) => {
  const scene = hostScene();
  let host: TestHost;
  before(async () => {
    host = await scene.closing(openTestHost({ providers: scene, database: kind }));
  });

  const bring = (rows: readonly unknown[], dryRun = false) => host.keys.links.import(rows as readonly LinkRow[], { dryRun });

  it('sign their owners in, and are there once however often they are brought', async () => {
    const [who, userId] = [person(), await host.newMember()];
    const rows = [{ userId, provider: 'google', subject: who.sub, email: 'old@example.test', linkedAt: AT }];
    expect(await bring(rows, true)).to.deep.equal({ created: 1, unchanged: 0, conflicts: [] });
    expect(await host.linked(userId), 'a dry run').to.deep.equal([]);
    expect(await bring(rows)).to.deep.equal({ created: 1, unchanged: 0, conflicts: [] });
    expect(await bring(rows)).to.deep.equal({ created: 0, unchanged: 1, conflicts: [] });
    const [link] = await host.keys.links.list(userId);
    expect(link).to.include({ email: 'old@example.test', namespace: scene.google.issuer });
    expect(link?.linkedAt.toISOString()).to.equal(AT);
    await new ApiClient(host.base).signIn('google', scene.google, who);
    expect(await host.linked(userId)).to.deep.equal(['google']);
    expect(await bring(rows), 'after a sign-in').to.deep.equal({ created: 0, unchanged: 1, conflicts: [] });
  });

  it('tell of each row why it is no link, and change nothing that is there', async () => {
    const [one, two, sub] = [await host.newMember(), await host.newMember(), person().sub];
    await bring([{ userId: one, provider: 'google', subject: sub }]);
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ userId: two, provider: 'google', subject: sub }, 'identity_taken'],
      [{ userId: one, provider: 'google', subject: `${sub}-other` }, 'other_link'],
      [{ userId: 999_999, provider: 'google', subject: 'x' }, 'unknown_user'],
      [{ userId: '1 OR 1=1', provider: 'google', subject: 'x' }, 'unknown_user'],
      [{ userId: two, provider: 'github', subject: 'x' }, 'unknown_provider'],
      [{ userId: two, provider: 'google', subject: '' }, 'bad_subject'],
      [{ userId: two, provider: 'google', subject: 'ä' }, 'bad_subject'],
      [{ userId: two, provider: 'google', subject: 'x', email: 'none' }, 'bad_email'],
      [{ userId: two, provider: 'google', subject: 'x', linkedAt: 'yesterday' }, 'bad_date'],
      [{ userId: two, provider: 'google' }, 'bad_row'],
      ['a text', 'bad_row'],
      [null, 'bad_row'],
    ];
    for (const dryRun of [true, false]) {
      const { created, unchanged, conflicts } = await bring(
        wrong.map(([row]) => row),
        dryRun,
      );
      expect([created, unchanged]).to.deep.equal([0, 0]);
      const told = new Map(conflicts.map(({ row, reason }) => [row, reason]));
      for (const [row, reason] of wrong) expect(told.get(row), JSON.stringify(row)).to.equal(reason);
    }
    expect(await host.linked(two)).to.deep.equal([]);
  });

  it('are told apart within one file, also by a dry run: the first comes in', async () => {
    const [one, two, sub] = [await host.newMember(), await host.newMember(), person().sub];
    const rows = [one, two, one].map((userId) => ({ userId, provider: 'google', subject: sub }));
    const other = { userId: one, provider: 'google', subject: `${sub}-2` };
    for (const dryRun of [true, false]) {
      const { created, unchanged, conflicts } = await bring([...rows, other], dryRun);
      expect([created, unchanged, conflicts.map(({ reason }) => reason)]).to.deep.equal([1, 1, ['identity_taken', 'other_link']]);
    }
  });

  it('are each made once by two who bring them at the same time', async () => {
    const users = await Promise.all(Array.from({ length: 30 }, () => host.newMember()));
    const rows = users.map((userId) => ({ userId, provider: 'google', subject: person().sub }));
    const [one, two] = await Promise.all([bring(rows), bring([...rows].reverse())]);
    expect([one.conflicts, two.conflicts]).to.deep.equal([[], []]);
    expect([(one.created ?? 0) + (two.created ?? 0), one.unchanged + two.unchanged]).to.deep.equal([30, 30]);
  });

  it('take the place of a link whose user the host has deleted without a word', async () => {
    const [gone, userId, sub] = [await host.newMember(), await host.newMember(), person().sub];
    await bring([{ userId: gone, provider: 'google', subject: sub }]);
    await host.sequelize.query('DELETE FROM members WHERE id = $gone', { bind: { gone } });
    expect((await bring([{ userId, provider: 'google', subject: sub }])).created).to.equal(1);
    expect(await host.linked(userId)).to.deep.equal(['google']);
  });

  it('come from the tables of Auth.js and Better Auth and from columns of providers, by the documented statements', async () => {
    const doc = readFileSync('docs/importing-links.md', 'utf8');
    const mysql = (sql: string) => (kind === 'mariadb' ? sql.replaceAll('"', '`') : sql);
    const statement = (name: string) => mysql(new RegExp(`\`\`\`sql ${name.replace('.', '\\.')}\\n([^\`]+)\\n`).exec(doc)?.[1] ?? '');
    const run = (sql: string) => host.sequelize.query(mysql(sql));
    const subjects = [person().sub, person().sub, person().sub];
    const [a, b, c] = [await host.newMember(), await host.newMember(), await host.newMember()];
    await run('CREATE TABLE accounts ("userId" INTEGER, type VARCHAR(20), provider VARCHAR(50), "providerAccountId" VARCHAR(200))');
    await run(`INSERT INTO accounts VALUES (${a}, 'oidc', 'google', '${subjects[0]}'), (${a}, 'email', 'email', 'a@example.test')`);
    await run(
      'CREATE TABLE account (id INTEGER, "userId" INTEGER, "providerId" VARCHAR(50), "accountId" VARCHAR(200), "createdAt" TIMESTAMP)',
    );
    await run(
      `INSERT INTO account VALUES (1, ${b}, 'google', '${subjects[1]}', '2024-01-01 00:00:00'), (2, ${b}, 'credential', '${b}', '2024-01-01 00:00:00')`,
    );
    await run('CREATE TABLE people (id INTEGER, email VARCHAR(200), "googleId" VARCHAR(200))');
    await run(`INSERT INTO people VALUES (${c}, 'c@example.test', '${subjects[2]}'), (${a}, 'a@example.test', NULL)`);
    for (const name of ['auth.js', 'better-auth', 'columns']) {
      const rows = await host.sequelize.query(statement(name), { type: QueryTypes.SELECT });
      expect(await bring(rows), name).to.deep.equal({ created: 1, unchanged: 0, conflicts: [] });
    }
    for (const id of [a, b, c]) expect(await host.linked(id)).to.deep.equal(['google']);
  });
});

describe('Rows of links in a file', () => {
  const read = async (text: string, format: 'csv' | 'jsonl') => {
    const rows: unknown[] = [];
    for await (const row of readLinkRows(Readable.from([text]), format)) rows.push(row);
    return rows;
  };

  it('are read from CSV by the names in its first line, quoted, in any order and behind a BOM', async () => {
    const text = '\uFEFFsubject,userId,provider,email\r\n"a,""b",7,google,\r\nc,8,oidc,c@example.test\r\n';
    expect(await read(text, 'csv')).to.deep.equal([
      { subject: 'a,"b', userId: '7', provider: 'google', email: '' },
      { subject: 'c', userId: '8', provider: 'oidc', email: 'c@example.test' },
    ]);
  });

  it('are read from JSON lines, and a line that is none is told by its number', async () => {
    expect(await read('{"userId":1}\n\nnonsense\n{"userId":2}\n', 'jsonl')).to.deep.equal([
      { userId: 1 },
      { line: 3, unreadable: true },
      { userId: 2 },
    ]);
  });
});
