// A host whose own sessions are in a table that is called like ours.

import { expect } from 'chai';
import { DataTypes, QueryTypes, type Sequelize } from 'sequelize';
import { type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { openDatabase } from '../../lib/server/database.js';
import { createDatabase, databases, describeOn, type TestDatabase } from '../support/services.js';

const SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';

describeOn(databases, 'A host with sessions of its own in the database', (kind) => {
  let database: TestDatabase;
  let sequelize: Sequelize;

  beforeEach(async () => {
    database = await createDatabase(kind);
    sequelize = openDatabase(database.url);
  });
  afterEach(async () => {
    await sequelize?.close();
    await database?.drop();
  });

  /** Undefined, or why it did not start. */
  async function start(more: Pick<LatchkeyOptions, 'tablePrefix'> = {}): Promise<unknown> {
    try {
      const keys = await latchkey({ sequelize, secret: SECRET, baseUrl: 'http://127.0.0.1:3000', ...more });
      await keys.close();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  // As express-mysql-session and connect-session-sequelize call it.
  for (const tableName of ['sessions', 'Sessions']) {
    it(`keeps its table \`${tableName}\`, and is told how to have ours beside it`, async () => {
      const columns = { sid: { type: DataTypes.STRING(36), primaryKey: true }, expires: DataTypes.DATE, data: DataTypes.TEXT };
      const Session = sequelize.define('Session', columns, { tableName, timestamps: false });
      await Session.sync();
      await Session.create({ sid: 'own', data: '{}' });
      const refusal = await start();
      // SQLite takes both names for one; of the others some do, by their configuration.
      if (tableName === 'sessions' || kind === 'sqlite') expect(refusal).to.be.instanceOf(TypeError);
      if (refusal !== undefined) expect(String(refusal)).to.include('The table "sessions" exists and is not ours: set `tablePrefix`');
      expect(await start({ tablePrefix: 'lk_' })).to.equal(undefined);
      const own = sequelize.getQueryInterface().quoteIdentifier('lk_sessions');
      expect(await sequelize.query(`SELECT id, record, expires_at FROM ${own}`, { type: QueryTypes.SELECT })).to.deep.equal([]);
      expect((await Session.findAll()).map((row) => row.get('sid'))).to.deep.equal(['own']);
    });
  }
});
