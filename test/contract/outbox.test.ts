// What the outbox promises: a message is held by one courier at a time, for as long as its lease, on every database.

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { MailMessage } from '../../lib/mail/message.js';
import type { ClaimedMessage } from '../../lib/outbox/outbox.js';
import type { Storage } from '../../lib/storage.js';
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
  const claim = ({ outbox }: Storage, at: Date = now()) => outbox.mail.claim({ by: randomUUID(), leaseMs: LEASE_MS, now: at });

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
    const courier = async (storage: Storage) => {
      for (let vain = 0; vain < 5; ) {
        const claimed = await claim(storage, at);
        if (claimed === undefined) vain += 1;
        else taken.push(claimed.message.to);
      }
    };
    await Promise.all([courier(stage().here), courier(stage().there), courier(stage().here), courier(stage().there)]);
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
    await stage().there.outbox.mail.sent(id, at);
    await stage().here.outbox.mail.sent(id, after(at, 1));
    await stage().here.outbox.mail.sent(randomUUID(), at);
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
    expect(order.map((each) => each?.message.to)).to.deep.equal(['soon@example.test', 'late@example.test']);
  });

  it('keeps the kinds apart: mail and revocations have a courier each', async () => {
    const revocation = { provider: 'google', subject: 'sub', sealedTokens: `sealed-${'t'.repeat(4000)}` };
    await stage().here.accounts.signIn((transaction) => transaction.revokeLater(revocation));
    expect(await claim(stage().there)).to.equal(undefined);
    const claimed = await stage().there.outbox.revocations.claim({ by: randomUUID(), leaseMs: LEASE_MS, now: now() });
    expect(given(claimed).message).to.deep.equal(revocation);
  });
});
