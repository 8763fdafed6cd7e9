// What the outbox promises: a message is held by one courier at a time, for as long as its lease, on every database.

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { MailMessage } from '../../lib/accounts/mail-message.js';
import type { ClaimedMessage } from '../../lib/outbox/outbox.js';
import type { Storage } from '../../lib/plugin/storage.js';
import { describeStorage } from '../support/storage-stage.js';
import { mailTo } from '../support/stored-people.js';

const LEASE_MS = 60_000;
const CROWD = 24;

describeStorage('The outbox', (stage) => {
  const now = () => new Date();
  const after = (at: Date, ms: number) => new Date(at.getTime() + ms);

  const put = async (...messages: readonly MailMessage[]) => {
    await stage().here.accounts.signIn(async (transaction) => {
      for (const message of messages) await transaction.mail(message);
    });
  };
  const claimMany = ({ outbox }: Storage, limit: number, at: Date = now()) =>
    outbox.mail.claim({ by: randomUUID(), leaseMs: LEASE_MS, now: at, limit });
  const claim = async (storage: Storage, at: Date = now()) => (await claimMany(storage, 1, at))[0];

  function given<T>(claimed: ClaimedMessage<T> | undefined): ClaimedMessage<T> {
    if (claimed === undefined) throw new TypeError('Nothing was claimed');
    return claimed;
  }

  afterEach(() => stage().run('DELETE FROM outbox_messages'));

  it('gives a message out as it was put in, and no second time', async () => {
    const message = { ...mailTo('ann@example.test'), data: { ...mailTo('').data, nickname: `Zoë "\\' 🔑\n${'密'.repeat(3000)}` } };
    await put(message);
    const claimed = given(await claim(stage().there));
    expect(claimed).to.deep.include({ message, attempts: 0 });
    expect([await claim(stage().here), await claim(stage().there)]).to.deep.equal([undefined, undefined]);
  });

  it('gives nothing of a transaction that was taken back', async () => {
    const failure = new RangeError('the last step');
    const work = stage().here.accounts.signIn(async (transaction) => {
      await transaction.mail(mailTo('nobody@example.test'));
      throw failure;
    });
    expect(await work.catch((error: unknown) => error)).to.equal(failure);
    expect(await claim(stage().there)).to.equal(undefined);
  });

  it('gives each of many to one of two couriers that ask at once', async () => {
    const addresses = Array.from({ length: CROWD }, (_, n) => `${n}@example.test`);
    await put(...addresses.map(mailTo));
    const at = now();
    const taken: string[] = [];
    /** One that loses five times over looks again, as a courier does. */
    const outboxWorker = async (storage: Storage) => {
      for (let vain = 0; vain < 5; ) {
        const claimed = await claim(storage, at);
        if (claimed === undefined) vain += 1;
        else taken.push(claimed.message?.to ?? '');
      }
    };
    await Promise.all([outboxWorker(stage().here), outboxWorker(stage().there), outboxWorker(stage().here), outboxWorker(stage().there)]);
    expect(taken.sort()).to.deep.equal(addresses.sort());
  });

  it('gives it anew once the lease is over, to the millisecond, with the attempt counted', async () => {
    await put(mailTo('ann@example.test'));
    const at = now();
    const first = given(await claim(stage().here, at));
    expect(await claim(stage().there, after(at, LEASE_MS - 1))).to.equal(undefined);
    expect(given(await claim(stage().there, after(at, LEASE_MS)))).to.deep.include({ id: first.id, attempts: 1 });
    expect(await claim(stage().here, after(at, LEASE_MS + 1))).to.equal(undefined);
  });

  it('gives nothing that was sent, however often it is said and whoever says it', async () => {
    await put(mailTo('ann@example.test'));
    const at = now();
    const { id } = given(await claim(stage().here, at));
    await stage().there.outbox.mail.sent([id], at);
    await stage().here.outbox.mail.sent([id], after(at, 1));
    await stage().here.outbox.mail.sent([randomUUID()], at);
    await stage().here.outbox.mail.failed(id, { error: 'too late to say so', nextAttemptAt: at });
    expect(await claim(stage().there, after(at, 2 * LEASE_MS))).to.equal(undefined);
    const [row] = await stage().query<{ last_error: string | null }>('SELECT last_error FROM outbox_messages WHERE id = :id', { id });
    expect(row).to.deep.equal({ last_error: null });
  });

  it('gives what failed when its pause is over, and keeps the reason, cut to what fits', async () => {
    await put(mailTo('ann@example.test'));
    const at = now();
    const { id } = given(await claim(stage().here, at));
    await stage().here.outbox.mail.failed(id, { error: '🔑'.repeat(250), nextAttemptAt: after(at, 5000) });
    expect(await claim(stage().there, after(at, 4999))).to.equal(undefined);
    expect(given(await claim(stage().there, after(at, 5000)))).to.deep.include({ id, attempts: 1 });
    const [row] = await stage().query<{ last_error: string }>('SELECT last_error FROM outbox_messages WHERE id = :id', { id });
    expect(row?.last_error).to.match(/^🔑{100,}/u);
  });

  it('gives what is due longest first', async () => {
    const at = now();
    await put(mailTo('late@example.test'), mailTo('soon@example.test'));
    for (const [to, ms] of [
      ['late@', 2],
      ['soon@', 1],
    ] as const) {
      const { OutboxMessage } = stage().here.models;
      const [row] = await stage().query<{ id: string }>('SELECT id FROM outbox_messages WHERE message LIKE :to', { to: `%${to}%` });
      await OutboxMessage.update({ nextAttemptAt: after(at, ms).getTime() }, { where: { id: row?.id } });
    }
    const order = [await claim(stage().here, after(at, 2)), await claim(stage().here, after(at, 2))];
    expect(order.map((each) => each?.message?.to)).to.deep.equal(['soon@example.test', 'late@example.test']);
  });

  it('keeps the kinds apart: mail and revocations have a courier each', async () => {
    const revocation = { provider: 'google', subject: 'sub', sealedTokens: `sealed-${'t'.repeat(4000)}` };
    await stage().here.accounts.signIn((transaction) => transaction.revokeLater(revocation));
    expect(await claim(stage().there)).to.equal(undefined);
    const [claimed] = await stage().there.outbox.revocations.claim({ by: randomUUID(), leaseMs: LEASE_MS, now: now(), limit: 1 });
    expect(given(claimed).message).to.deep.equal(revocation);
  });

  const toOf = (claimed: readonly ClaimedMessage<MailMessage>[]) => claimed.map(({ message }) => message?.to).sort();
  const addressed = (...names: readonly string[]) => names.map((name) => `${name}@example.test`);

  it('gives several at once, as many as are asked for, and each to one of two who ask at once', async () => {
    const all = Array.from({ length: CROWD }, (_, n) => `${n}@example.test`);
    await put(...all.map(mailTo));
    const first = await claimMany(stage().here, 3);
    expect(first).to.have.length(3);
    const at = now();
    const taken = [...first];
    const outboxWorker = async (storage: Storage) => {
      for (let vain = 0; vain < 5; ) {
        const claimed = await claimMany(storage, 5, at);
        if (claimed.length === 0) vain += 1;
        taken.push(...claimed);
      }
    };
    await Promise.all([outboxWorker(stage().here), outboxWorker(stage().there), outboxWorker(stage().there)]);
    expect(toOf(taken)).to.deep.equal(all.sort());
    await stage().here.outbox.mail.sent(
      taken.map(({ id }) => id),
      at,
    );
    expect(await claimMany(stage().there, 5, after(at, 2 * LEASE_MS))).to.deep.equal([]);
  });

  it('looks past those that are not wanted now, however many stand before the others', async () => {
    const held = Array.from({ length: 150 }, (_, n) => `${n}@hangs.test`);
    await put(...held.map(mailTo), mailTo('good@example.test'));
    await stage().run("UPDATE outbox_messages SET next_attempt_at = next_attempt_at + 1 WHERE message LIKE '%good@%'");
    const admits = (message: MailMessage | undefined) => message?.to.endsWith('@hangs.test') === false;
    const at = after(now(), 1000);
    const taken = await stage().here.outbox.mail.claim({ by: randomUUID(), leaseMs: LEASE_MS, now: at, limit: 4, admits });
    expect(toOf(taken)).to.deep.equal(['good@example.test']);
    expect(await claimMany(stage().there, 200, at)).to.have.length(150);
  });

  it('tells of a row that holds no message, whatever stands there, and gives the others', async () => {
    const broken = ['{"template":', 'null', '"a text"', ''];
    await put(...addressed('a', 'b', 'c', 'd', 'fine').map(mailTo));
    for (const [n, name] of ['a@', 'b@', 'c@', 'd@'].entries())
      await stage().run('UPDATE outbox_messages SET message = :broken WHERE message LIKE :to', {
        broken: broken[n] ?? '',
        to: `%${name}%`,
      });
    const claimed = await claimMany(stage().here, 10);
    expect(claimed.map(({ message }) => message?.to).filter((to) => to !== undefined)).to.deep.equal(addressed('fine'));
    expect(claimed.filter(({ message }) => message === undefined)).to.have.length(4);
  });

  it('never gives again what was given up, writes that down once, and forgets it a month later', async () => {
    await stage().run('DELETE FROM audit_events');
    await put(...addressed('gone', 'kept').map(mailTo));
    const at = now();
    const { id } = given((await claimMany(stage().here, 2, at)).find(({ message }) => message?.to.startsWith('gone@')));
    const last = { error: '550 5.1.1 [address] nobody here', attempts: 1 };
    await Promise.all([stage().here.outbox.mail.givenUp(id, last), stage().there.outbox.mail.givenUp(id, last)]);
    const years = after(at, 50 * 365 * 24 * 3600 * 1000);
    expect(toOf(await claimMany(stage().there, 10, years))).to.deep.equal(addressed('kept'));
    const [event, ...more] = await stage().query<{ event: string; detail: string }>('SELECT event, detail FROM audit_events');
    expect([event?.event, more.length]).to.deep.equal(['outbox.mail.given_up', 0]);
    expect(JSON.parse(event?.detail ?? '')).to.deep.equal({ id, attempts: 1, reason: last.error });

    const left = async () => (await stage().query('SELECT id FROM outbox_messages')).length;
    await stage().here.purge();
    expect(await left()).to.equal(2);
    await stage().run('UPDATE outbox_messages SET locked_until = locked_until - :month WHERE id = :id', {
      month: 31 * 24 * 3600 * 1000,
      id,
    });
    await stage().here.purge();
    expect(await left()).to.equal(1);
  });
});
