// A database that is busy rather than away: tried again, then 503, and what was refused is never committed later.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { QueryTypes, Sequelize, Transaction } from 'sequelize';
import { openDatabase } from '../../lib/server/database.js';
import { createTransactions } from '../../models/transactions.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { describeWithOwn, type FaultStage, type FaultUser, freshDatabase, linkedUser, openFaultStage } from '../support/fault-stage.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { Server } from '../support/server.js';

const PATIENCE_MS = 5_000;
const codeOf = ({ status, json }: HttpAnswer) => ({ status, code: json?.code });
const DONE = { status: 200, code: 0 };
const UNAVAILABLE = { status: 503, code: 50001 };

async function timedUnlink(user: FaultUser): Promise<{ readonly said: unknown; readonly ms: number }> {
  const begun = performance.now();
  const answer = await user.unlink('google');
  return { said: codeOf(answer), ms: Math.round(performance.now() - begun) };
}

/** What a user has left: links, audited unlinks, and mails about them. */
async function traces(database: Sequelize, email: string): Promise<unknown> {
  const sql = `SELECT (SELECT COUNT(*) FROM social_links l WHERE l.user_id = u.id) AS links,
    (SELECT COUNT(*) FROM audit_events a WHERE a.user_id = u.id AND a.event = 'auth.oauth.unlink.success') AS audited
    FROM users u WHERE u.email = :email`;
  const [row] = await database.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT, replacements: { email } });
  return { links: Number(row?.links), audited: Number(row?.audited) };
}

for (const kind of ['mariadb', 'postgres'] as const) {
  describeWithOwn(kind, 'While somebody else holds a row', (service) => {
    let url: string;
    let stage: FaultStage;
    let server: Server;
    let other: Sequelize;
    before(async function () {
      this.timeout(60_000);
      url = await freshDatabase(service);
      stage = await openFaultStage({ databaseUrl: url });
      server = await stage.start();
      other = openDatabase(url);
    });
    after(async () => {
      await other.close();
      await stage.close();
    });

    const lockGuard = (email: string, transaction: Transaction) =>
      other.query('UPDATE sign_in_guards SET version = version + 1 WHERE user_id = (SELECT id FROM users WHERE email = :email)', {
        replacements: { email },
        transaction,
      });

    it('an unlink waits, is refused with 503 in time, and does not happen later', async () => {
      const user = await linkedUser(stage, server.base);
      const holder = await other.transaction();
      await lockGuard(user.email, holder);
      const { said, ms } = await timedUnlink(user);
      await holder.commit();
      await pause(500);
      expect(said).to.deep.equal(UNAVAILABLE);
      expect(ms).to.be.below(PATIENCE_MS);
      expect(await traces(other, user.email)).to.deep.equal({ links: 1, audited: 0 });
      expect(codeOf(await user.unlink('google'))).to.deep.equal(DONE);
      expect(await traces(other, user.email)).to.deep.equal({ links: 0, audited: 1 });
    });

    it('an unlink that loses a deadlock is tried again and succeeds', async () => {
      const user = await linkedUser(stage, server.base);
      const holder = await other.transaction();
      if (kind === 'mariadb') {
        // The lighter transaction is the victim: ours changes many rows.
        const rows = Array.from({ length: 200 }, (_, index) => `('heavy-${index}', '{}', 0)`).join(', ');
        await other.query(`INSERT INTO flows (id, record, expires_at) VALUES ${rows}`, { transaction: holder });
      }
      const [link] = await other.query('SELECT id FROM social_links WHERE subject = :email FOR UPDATE', {
        replacements: { email: user.email },
        transaction: holder,
        type: QueryTypes.SELECT,
      });
      expect(link).to.have.property('id');
      const unlinking = timedUnlink(user);
      await pause(300);
      await lockGuard(user.email, holder);
      await holder.rollback();
      const { said, ms } = await unlinking;
      expect(said).to.deep.equal(DONE);
      expect(ms).to.be.below(PATIENCE_MS);
      expect(await traces(other, user.email)).to.deep.equal({ links: 0, audited: 1 });
    });

    if (kind === 'mariadb') {
      it('short lock waits, one after the other, do not add up', async () => {
        await other.query('SET GLOBAL innodb_lock_wait_timeout = 1');
        const second = await stage.start();
        const user = await linkedUser(stage, second.base);
        const holder = await other.transaction();
        await lockGuard(user.email, holder);
        const { said, ms } = await timedUnlink(user);
        await holder.rollback();
        await other.query('SET GLOBAL innodb_lock_wait_timeout = 50');
        expect(said).to.deep.equal(UNAVAILABLE);
        expect(ms).to.be.below(PATIENCE_MS);
      }).timeout(60_000);
    }

    it('a host with a small pool of its own goes on after the network lost its connections', async () => {
      const proxy = await startFaultProxy(Number(new URL(url).port));
      const through = new URL(url);
      through.port = String(proxy.port);
      const host = new Sequelize(through.href, { logging: false, pool: { max: 2 } });
      const { read, write } = createTransactions(host);
      const reading = () => read(() => host.query('SELECT 1 AS one', { type: QueryTypes.SELECT }));
      const writing = () => write((transaction) => host.query('SELECT 1 AS one', { type: QueryTypes.SELECT, transaction }));
      try {
        await Promise.all([reading(), writing()]);
        proxy.swallow();
        const begun = performance.now();
        await Promise.allSettled([reading(), writing(), reading(), writing()]);
        expect(performance.now() - begun).to.be.below(PATIENCE_MS);
        expect(await Promise.all([reading(), writing(), reading(), writing()])).to.deep.equal(Array(4).fill([{ one: 1 }]));
      } finally {
        await proxy.close();
        await Promise.race([host.close(), pause(2_000)]);
      }
    });

    it('a process that starts while another one migrates for long waits for its turn', async () => {
      const empty = await freshDatabase(service);
      const migrating = openDatabase(empty);
      const holder = await migrating.transaction();
      const sql = kind === 'mariadb' ? "SELECT GET_LOCK('latchkey-migrations', 1)" : 'SELECT pg_advisory_xact_lock(4702111234)';
      await migrating.query(sql, { transaction: holder });
      const starting = stage.start({ databaseUrl: empty });
      starting.catch(() => undefined);
      await pause(7_000);
      if (kind === 'mariadb') await migrating.query("SELECT RELEASE_LOCK('latchkey-migrations')", { transaction: holder });
      await holder.rollback();
      await migrating.close();
      const { base } = await starting;
      expect((await fetch(`${base}/readyz`)).status).to.equal(200);
    }).timeout(60_000);
  });
}

describe('While somebody else writes to the SQLite file', () => {
  let stage: FaultStage;
  before(async () => {
    stage = await openFaultStage();
  });
  after(() => stage.close());

  it('everyone in line is refused with 503 in time, and served as soon as it is free', async () => {
    const server = await stage.start();
    const user = await linkedUser(stage, server.base);
    const other = openDatabase(`sqlite:${server.dataDir}/latchkey.sqlite`);
    const holder = await other.transaction({ type: Transaction.TYPES.IMMEDIATE });
    const prepare = async () => {
      const begun = performance.now();
      const answer = await user.call('PUT', '/session/openid', { provider: 'google' });
      return { said: codeOf(answer), ms: performance.now() - begun };
    };
    const answers = await Promise.all([timedUnlink(user), prepare(), prepare(), prepare()]);
    await holder.rollback();
    const again = await user.unlink('google');
    for (const { said, ms } of answers) {
      expect(said).to.deep.equal(UNAVAILABLE);
      expect(ms).to.be.below(PATIENCE_MS);
    }
    expect(codeOf(again)).to.deep.equal(DONE);
    expect(await traces(other, user.email)).to.deep.equal({ links: 0, audited: 1 });
    await other.close();
  }).timeout(60_000);
});
