// What the records of cookie sessions promise where they are in the SQL database, on every one of them.

import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { describeStorage } from '../support/storage-stage.js';
import { HOUR_MS } from '../support/stored-people.js';

describeStorage('The records of cookie sessions', (stage) => {
  const newId = () => randomBytes(32).toString('hex');
  const soon = () => new Date(Date.now() + HOUR_MS);

  it('are read as they were written, in any process', async () => {
    const [id, record] = [newId(), JSON.stringify({ cookie: { path: '/' }, note: 'Zoë "\\\' 🔑 密', n: 0.1, long: 'é'.repeat(20_000) })];
    await stage().here.sessionRecords.set(id, record, soon());
    expect(await stage().there.sessionRecords.get(id)).to.equal(record);
  });

  it('are of their id alone', async () => {
    const id = newId();
    await stage().here.sessionRecords.set(`${id.slice(1)}a`, '{}', soon());
    for (const other of [id, `${id.slice(1)}A`, `${id.slice(1)}a `, `${id.slice(1)}%`, '']) {
      expect(await stage().there.sessionRecords.get(other), other).to.equal(undefined);
    }
  });

  it('are written over, also by two processes at once', async () => {
    const id = newId();
    await stage().here.sessionRecords.set(id, '{"n":1}', soon());
    await stage().there.sessionRecords.set(id, '{"n":2}', soon());
    expect(await stage().here.sessionRecords.get(id)).to.equal('{"n":2}');
    for (let round = 0; round < 8; round += 1) {
      const fresh = newId();
      const written = [stage().here, stage().there].map(({ sessionRecords }, n) => sessionRecords.set(fresh, `{"n":${n}}`, soon()));
      await Promise.all(written);
      expect(await stage().here.sessionRecords.get(fresh)).to.be.oneOf(['{"n":0}', '{"n":1}']);
    }
  });

  it('are over at their end, also where it was moved', async () => {
    const [over, longer, shorter] = [newId(), newId(), newId()];
    const past = new Date(Date.now() - 1);
    await stage().here.sessionRecords.set(over, '{}', past);
    await stage().here.sessionRecords.set(longer, '{}', past);
    await stage().here.sessionRecords.set(longer, '{}', new Date('2099-01-01T00:00:00.001Z'));
    await stage().here.sessionRecords.set(shorter, '{}', soon());
    await stage().here.sessionRecords.set(shorter, '{}', past);
    const found = await Promise.all([over, longer, shorter].map((id) => stage().there.sessionRecords.get(id)));
    expect(found).to.deep.equal([undefined, '{}', undefined]);
  });

  it('are gone once they are removed, one by one, and twice is harmless', async () => {
    const [gone, kept] = [newId(), newId()];
    for (const id of [gone, kept]) await stage().here.sessionRecords.set(id, '{}', soon());
    await stage().here.sessionRecords.remove(gone);
    await stage().there.sessionRecords.remove(gone);
    expect([await stage().there.sessionRecords.get(gone), await stage().there.sessionRecords.get(kept)]).to.deep.equal([undefined, '{}']);
  });
});
