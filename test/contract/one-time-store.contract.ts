// What every one-time store must do, whatever it keeps its records in.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { OneTimeStore } from '../../lib/accounts/one-time-store.js';

export interface OpenStore {
  readonly store: OneTimeStore;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const CALLERS = 50;

/** Ends with what is hard to keep: other scripts, quotes, a backslash, numbers at the edge. */
const RECORD = {
  id: '1728791b-4e6a-4ac5-adf5-fa717a6b0919',
  intent: { kind: 'link', userId: '7' },
  list: [1, -0.5, Number.MAX_SAFE_INTEGER, null, true, false, ''],
  text: '密码 "quoted" \\ back\u0000slash\n\u{1F511}',
  empty: {},
};

/**
 * The suite of the port.
 * @param make opens one more client of one and the same storage, as another process would
 */
export function oneTimeStoreContract(name: string, make: () => Promise<OpenStore>): void {
  describe(`A one-time store in ${name}`, () => {
    let opened: readonly OpenStore[];
    let here: OneTimeStore;
    let there: OneTimeStore;
    let key: string;

    before(async () => {
      const one = await make();
      const other = await make();
      opened = [one, other];
      here = one.store;
      there = other.store;
    });
    after(() => Promise.all(opened.map((each) => each.close())));
    beforeEach(() => {
      key = `flow:${randomUUID()}`;
    });

    it('gives a record back as it was kept, to any process', async () => {
      await here.put(key, RECORD, MINUTE_MS);
      expect(await there.peek(key)).to.deep.equal(RECORD);
      expect(await there.take(key)).to.deep.equal(RECORD);
    });

    it('does not use a record up by looking at it', async () => {
      await here.put(key, { n: 1 }, MINUTE_MS);
      await Promise.all([here.peek(key), there.peek(key)]);
      expect(await here.take(key)).to.deep.equal({ n: 1 });
    });

    it('gives a record out once', async () => {
      await here.put(key, { n: 1 }, MINUTE_MS);
      await there.take(key);
      expect(await here.take(key)).to.equal(undefined);
      expect(await here.peek(key)).to.equal(undefined);
    });

    it(`gives a record to one of ${CALLERS} callers at once`, async function () {
      this.timeout(30_000);
      for (const round of [1, 2, 3]) {
        await here.put(`${key}${round}`, { round }, MINUTE_MS);
        const answers = await Promise.all(Array.from({ length: CALLERS }, (_, i) => (i % 2 === 0 ? here : there).take(`${key}${round}`)));
        expect(answers.filter((answer) => answer !== undefined)).to.deep.equal([{ round }]);
      }
    });

    it('lets a record that was looked at be claimed once, by one of many at once', async () => {
      await here.put(key, { n: 1 }, MINUTE_MS);
      const claims = await Promise.all(Array.from({ length: CALLERS }, (_, i) => (i % 2 === 0 ? here : there).claim(key)));
      expect(claims.filter(Boolean)).to.have.length(1);
      expect([await here.claim(key), await there.take(key)]).to.deep.equal([false, undefined]);
    });

    it('knows nothing of a key that was never kept', async () => {
      expect(await here.peek(key)).to.equal(undefined);
      expect(await here.take(key)).to.equal(undefined);
      expect(await here.claim(key)).to.equal(false);
    });

    it('does not mistake one key for another that only differs in case', async () => {
      await here.put(`${key}a`, { n: 1 }, MINUTE_MS);
      expect(await here.take(`${key}A`)).to.equal(undefined);
      expect(await here.take(`${key}a `)).to.equal(undefined);
      expect(await here.take(`${key}a`)).to.deep.equal({ n: 1 });
    });

    it('forgets a record when its time is over', async () => {
      await Promise.all([here.put(`${key}1`, RECORD, 300), here.put(`${key}2`, RECORD, 300.5), here.put(`${key}3`, RECORD, MINUTE_MS)]);
      await setTimeout(450);
      expect(await there.peek(`${key}1`)).to.equal(undefined);
      expect(await there.take(`${key}1`)).to.equal(undefined);
      expect(await there.take(`${key}2`)).to.equal(undefined);
      expect(await there.peek(`${key}3`)).to.deep.equal(RECORD);
    });

    it('keeps the latest record of a key, and its life', async () => {
      await here.put(key, { n: 1 }, 100);
      await there.put(key, { n: 2 }, MINUTE_MS);
      await setTimeout(200);
      expect(await here.take(key)).to.deep.equal({ n: 2 });
      expect(await there.take(key)).to.equal(undefined);
    });

    it('can keep a key again once it was taken', async () => {
      await here.put(key, { n: 1 }, MINUTE_MS);
      await there.take(key);
      await there.put(key, { n: 2 }, MINUTE_MS);
      expect(await here.take(key)).to.deep.equal({ n: 2 });
    });

    it('puts another record in the place of one, for what is left of its life, and gives that back', async () => {
      await here.put(key, RECORD, 600);
      expect(await there.exchange(key, { n: 1 })).to.deep.equal(RECORD);
      expect(await here.exchange(key, { n: 1 })).to.deep.equal({ n: 1 });
      expect(await there.peek(key)).to.deep.equal({ n: 1 });
      await setTimeout(750);
      expect(await there.peek(key)).to.equal(undefined);
      expect(await here.exchange(key, { n: 2 })).to.equal(undefined);
      expect(await here.peek(key)).to.equal(undefined);
    });

    it('puts nothing in the place of nothing', async () => {
      expect(await here.exchange(key, { n: 1 })).to.equal(undefined);
      expect(await here.peek(key)).to.equal(undefined);
    });

    it(`gives a record to one of ${CALLERS} who exchange it at once`, async function () {
      this.timeout(30_000);
      await here.put(key, { who: 'nobody' }, MINUTE_MS);
      const callers = Array.from({ length: CALLERS }, (_, who) => (who % 2 === 0 ? here : there).exchange(key, { who }));
      const names = (await Promise.all(callers)).map((record) => (record as { readonly who: unknown }).who);
      expect(new Set(names).size, 'each got another').to.equal(CALLERS);
      const last = (await here.peek(key)) as { readonly who: number };
      expect(names).to.include('nobody').and.not.include(last.who);
    });

    it(`keeps what is new for one of ${CALLERS} callers at once, and for none who comes later`, async function () {
      this.timeout(30_000);
      const callers = Array.from({ length: CALLERS }, (_, who) => (who % 2 === 0 ? here : there).putNew(key, { who }, MINUTE_MS));
      const kept = await Promise.all(callers);
      expect(kept.filter(Boolean)).to.have.length(1);
      expect(await there.putNew(key, { who: 'late' }, MINUTE_MS)).to.equal(false);
      expect(await here.peek(key)).to.deep.equal({ who: kept.indexOf(true) });
    });

    it('keeps what is new where the life of another is over', async () => {
      expect(await here.putNew(key, { n: 1 }, 200.5)).to.equal(true);
      await setTimeout(350);
      expect([await there.putNew(key, { n: 2 }, MINUTE_MS), await here.peek(key)]).to.deep.equal([true, { n: 2 }]);
    });

    it('keeps records of 4 KiB under keys of 64 characters', async () => {
      const longKey = `${randomUUID()}${randomUUID()}`.slice(0, 64);
      const record = { text: 'é'.repeat(2000) };
      await here.put(longKey, record, MINUTE_MS);
      expect(await there.take(longKey)).to.deep.equal(record);
    });
  });
}
