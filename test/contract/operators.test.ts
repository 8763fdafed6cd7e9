// What operators ask and what is tidied up: whom a change of configuration strands, what happened last, what is over, on every database.

import { expect } from 'chai';
import { QueryTypes } from 'sequelize';
import { diagnose } from '../../lib/server/doctor.js';
import { recentEvents } from '../../lib/server/recent-events.js';
import { createPurge } from '../../models/purge.js';
import { strandedUsers } from '../../models/stranded-users.js';
import { describeStorage, type StorageStage } from '../support/storage-stage.js';
import { AT, CONTEXT, mailTo, newSession, storedPerson } from '../support/stored-people.js';

const DAY_MS = 86_400_000;

describeStorage('An operator', (stage) => {
  const countOf = async (table: string) => Number((await stage().query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

  it('hears how many users are left without a way in, by what is switched on', async () => {
    const { here, sequelize } = stage();
    const stranded = async (providers: readonly string[], passwordSignIn = true, perSlice = 4) => {
      const acceptances = new Map(providers.map((id) => [id, { namespaces: [id] }]));
      const counted = strandedUsers({ sequelize, ...here, passwordSignIn, recoveryCounts: false, acceptances, perSlice });
      let count = 0;
      for (let to: string | undefined, isFirst = true; isFirst || to !== undefined; isFirst = false) {
        const slice = await counted.slice(to);
        count += slice.stranded;
        to = slice.to;
      }
      return count;
    };
    for (const providers of [['google'], ['google'], ['google', 'oidc'], ['acme'], []]) await storedPerson(here, { providers });
    await storedPerson(here, { providers: [], passwordHash: 'hash' });
    await storedPerson(here, { providers: [], passwordHash: '' });
    await storedPerson(here, { providers: ['google'], passwordHash: 'hash' });
    await storedPerson(here, { providers: [], passwordHash: 'hash', email: undefined });
    expect(await stranded(['google', 'oidc', 'acme'])).to.equal(3);
    expect(await stranded(['google', 'oidc'])).to.equal(4);
    expect(await stranded(['oidc', 'acme'])).to.equal(5);
    expect(await stranded(['google', 'oidc', 'acme'], false)).to.equal(4);
    expect(await stranded([])).to.equal(7);
    expect(await stranded([], false)).to.equal(9);
    for (const perSlice of [1, 3, 9, 10, 1000]) expect(await stranded([], false, perSlice), `${perSlice} at once`).to.equal(9);
    expect(await stranded(["google' OR '1'='1"])).to.equal(7);
    const enabled = ['google', 'oidc', 'acme'].map((id) => [id, { id, type: 'oidc', issuer: id, enabled: true }] as const);
    const config = { passwordSignIn: true, providers: new Map(enabled) } as unknown as Parameters<typeof diagnose>[1];
    const found = await diagnose({ sequelize }, config);
    expect(found.stranded).to.equal(3);
    expect(found.switchedOff).to.deep.equal({ google: 2, oidc: 0, acme: 1 });
    expect(found.outbox.map(({ kind, waiting, givenUp }) => [kind, waiting, givenUp])).to.deep.equal([
      ['mail', 0, 0],
      ['webhook', 0, 0],
      ['revocation', 0, 0],
    ]);
  });

  it('reads the last audit rows, oldest first, as they were written', async () => {
    const { here, sequelize } = stage();
    for (const n of [1, 2, 3]) {
      await here.accounts.audit({ event: 'auth.oauth.unlink.failure', provider: `p${n}`, detail: { reason: 'denied', n } }, CONTEXT);
    }
    const [{ user }, before] = [await storedPerson(here), Date.now()];
    await here.accounts.audit({ event: 'auth.oauth.unlink.failure', userId: user.id, provider: 'p4' }, CONTEXT);
    const [mine] = await recentEvents({ sequelize }, { limit: 1, userId: user.id });
    expect(mine).to.deep.include({ userId: user.id, detail: null });
    expect(Date.parse(String(mine?.createdAt))).to.be.within(before - 60_000, Date.now() + 60_000);
    const rows = (await recentEvents({ sequelize }, { limit: 3 })).slice(0, 2);
    expect(rows.map(({ provider }) => provider)).to.deep.equal(['p2', 'p3']);
    expect(rows[1]).to.include({ event: 'auth.oauth.unlink.failure', userId: null, ip: CONTEXT.ip, correlationId: CONTEXT.correlationId });
    expect(rows[1]?.detail).to.deep.equal({ reason: 'denied', n: 3 });
    expect(rows[1]?.createdAt).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('is rid of what is over, and of nothing else', async () => {
    const { here, run, sequelize }: StorageStage = stage();
    for (const table of ['flows', 'sessions', 'refresh_tokens', 'outbox_messages']) await run(`DELETE FROM ${table}`);
    const { user } = await storedPerson(here);
    await run('DELETE FROM refresh_tokens');
    const [now, dayLater] = [AT, new Date(AT.getTime() + DAY_MS)];
    for (const [what, at] of [['over', now.getTime()] as const, ['alive', now.getTime() + 1] as const]) {
      await here.oneTime.put(`flow:${what}`, what, 1);
      await run('UPDATE flows SET expires_at = :at WHERE record = :record', { at, record: JSON.stringify(what) });
    }
    await here.sessionRecords.set('over', '{}', now);
    await here.sessionRecords.set('alive', '{}', dayLater);
    await here.accounts.signIn(async (transaction) => {
      await transaction.insertSession(newSession(user.id, { expiresAt: now }));
      await transaction.insertSession(newSession(user.id, { expiresAt: new Date(now.getTime() + 1) }));
      for (const to of ['unsent', 'sent long ago', 'sent just now']) await transaction.mail(mailTo(to));
    });
    const { OutboxMessage } = here.models;
    const sent = async (to: string, sentAt: Date) => {
      const [row] = await stage().query<{ id: string }>('SELECT id FROM outbox_messages WHERE message LIKE :to', { to: `%"${to}"%` });
      await OutboxMessage.update({ sentAt: sentAt.getTime() }, { where: { id: row?.id } });
    };
    await sent('sent long ago', new Date(now.getTime() - 30 * DAY_MS));
    await sent('sent just now', new Date(now.getTime() - 30 * DAY_MS + 1));
    await createPurge({ ...{ sequelize, models: here.models, transactions: here.transactions }, auditRetentionMs: undefined })(now);
    const left = await Promise.all(['flows', 'sessions', 'refresh_tokens', 'outbox_messages', 'users'].map(countOf));
    expect(left.slice(0, 4)).to.deep.equal([1, 1, 1, 2]);
    expect(left[4]).to.be.above(0);
  });

  it('keeps audit rows for ever, or as long as is said: what is older goes by slices, whoever else removes it at the same time', async () => {
    const { run, sequelize, here }: StorageStage = stage();
    await run('DELETE FROM audit_events');
    const now = Date.now();
    const written = async (event: string, rows: number, agoMs: number) => {
      const createdAt = new Date(now - agoMs);
      await here.models.AuditEvent.bulkCreate(Array.from({ length: rows }, () => ({ event, createdAt })));
    };
    await written('old', 1_500, 31 * DAY_MS);
    // By a clock that was ahead.
    await written('from tomorrow', 1, -DAY_MS);
    await written('old', 1_000, 30 * DAY_MS + 60_000);
    await written('young', 2, 30 * DAY_MS - 60_000);
    await here.purge();
    expect(await countOf('audit_events'), 'for ever').to.equal(2_503);

    const removals: string[] = [];
    const noteRemovals = (sql: string) => void (sql.includes('DELETE FROM') && sql.includes('audit_events') && removals.push(sql));
    const processes = [1, 2].map(() => stage().open({ auditRetentionMs: 30 * DAY_MS }, noteRemovals));
    await processes[0]?.purge(AbortSignal.abort());
    expect([await countOf('audit_events'), removals.length], 'a process that is closing begins nothing').to.deep.equal([2_503, 0]);
    await Promise.all(processes.map((each) => each.purge()));
    const left = await sequelize.query<{ event: string }>('SELECT event FROM audit_events ORDER BY id', { type: QueryTypes.SELECT });
    expect(left.map(({ event }) => event)).to.deep.equal(['from tomorrow', 'young', 'young']);
    // A statement for each thousand, of one process or the other.
    expect(removals.length).to.be.within(3, 6);
  });

  it('is rid of more than a slice of what is over in one turn', async () => {
    const { here }: StorageStage = stage();
    const at = Date.now();
    const flows = Array.from({ length: 2_001 }, (_, n) => ({ id: `over ${n}`, record: '{}', expiresAt: at - n }));
    await here.models.Flow.bulkCreate([...flows, { id: 'alive', record: '{}', expiresAt: at + DAY_MS }]);
    await here.purge();
    expect(
      (await stage().query<{ id: string }>("SELECT id FROM flows WHERE id LIKE 'over%' OR id = 'alive'")).map(({ id }) => id),
    ).to.deep.equal(['alive']);
  });
});
