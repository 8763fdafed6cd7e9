// What a developer reads who starts a host with something wrong about its database: one sentence that says what to mend.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DataTypes, Sequelize } from 'sequelize';
import { type LatchkeyOptions, latchkey, sqliteDriver } from '../../lib/index.js';
import { newFolder } from '../support/run-folder.js';

const sqlite = (storage: string) => new Sequelize({ dialect: 'sqlite', storage, dialectModule: sqliteDriver, logging: false });

type Given = Pick<LatchkeyOptions, 'sequelize' | 'users'>;

function members(sequelize: Sequelize): Given {
  const Member = sequelize.define(
    'Member',
    { email: DataTypes.STRING, pwHash: DataTypes.STRING },
    { tableName: 'members', timestamps: false },
  );
  return { sequelize, users: { model: Member, passwordHash: 'pwHash' } };
}

const FAULTS: Readonly<Record<string, readonly [() => Promise<Given>, string]>> = {
  'does not answer': [
    async () => ({ sequelize: new Sequelize('mysql://root@127.0.0.1:1/app', { logging: false }) }),
    'the database does not answer: start it, or correct host and port in its address (DATABASE_URL)',
  ],
  'is no database': [
    async () => {
      const file = join(newFolder('start'), 'app.sqlite');
      writeFileSync(file, 'A letter, and long enough to be taken for a database. '.repeat(20));
      return { sequelize: sqlite(file) };
    },
    'the database file is not an SQLite database: correct its path (DATABASE_URL)',
  ],
  "lacks the host's own table": [
    async () => members(sqlite(join(newFolder('start'), 'app.sqlite'))),
    'a table or column is missing (no such table: members): run `latchkey migrate` first; if it is missing in your own users table, add it, or correct its name in `users`',
  ],
  'lacks a column that the host names': [
    async () => {
      const given = members(sqlite(join(newFolder('start'), 'app.sqlite')));
      await given.sequelize.query('CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT)');
      return given;
    },
    'a table or column is missing (no such column: u.pwHash): run `latchkey migrate` first; if it is missing in your own users table, add it, or correct its name in `users`',
  ],
};

describe('A host that starts on a database that', () => {
  for (const [title, [open, sentence]] of Object.entries(FAULTS))
    it(`${title} is told so in one sentence`, async () => {
      const given = await open();
      const said = await latchkey({ ...given, baseUrl: 'http://127.0.0.1:3000', secret: 's'.repeat(32) }).catch((error: unknown) => error);
      expect(said).to.be.instanceOf(Error).with.property('message', sentence);
      expect(said).to.have.property('cause').that.is.instanceOf(Error);
      await given.sequelize.close();
    });
});
