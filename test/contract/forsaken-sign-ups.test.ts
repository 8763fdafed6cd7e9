// A sign-up that nobody proves is removed after a while, and its address is free; one that somebody may still prove stays.

import { expect } from 'chai';
import { DataTypes, type Sequelize } from 'sequelize';
import type { AddressTransaction } from '../../lib/accounts/address-ports.js';
import { createRemoveForsaken, FORSAKEN_AFTER_MS } from '../../lib/accounts/forsaken-sign-ups.js';
import { issueProof, tokenHash } from '../../lib/accounts/proof-tokens.js';
import { openStorage, type Storage } from '../../lib/plugin/storage.js';
import { openDatabase } from '../../lib/server/database.js';
import { person } from '../support/person.js';
import { createDatabase, databases, describeOn, type TestDatabase } from '../support/services.js';
import { describeStorage } from '../support/storage-stage.js';
import { AT, identity, newUser, storedPerson } from '../support/stored-people.js';

/** Somebody who signs up; the link in their mail is over at the date. */
async function signUp({ addresses }: Pick<Storage, 'addresses'>, expiresAt: Date, address = person().email) {
  const { token, proof } = issueProof({ purpose: 'sign_up', userId: '', address, asksPassword: false });
  const userId = await addresses.claiming([], async (transaction) => {
    const user = newUser({ email: address, emailVerified: false, passwordHash: 'hash', status: 'inactive' });
    const { id } = await transaction.insertUser(user);
    await transaction.keepFirstProof({ ...proof, userId: id, expiresAt });
    return id;
  });
  return { userId, address, token };
}

describeStorage('A sign-up that nobody proves', (stage) => {
  const now = new Date();
  const over = new Date(now.getTime() - FORSAKEN_AFTER_MS);
  const almost = new Date(over.getTime() + 1_000);
  const tidy = (storage: Storage = stage().here) => createRemoveForsaken(storage.addresses)(now);
  const there = async ({ userId }: { readonly userId: string }) => (await stage().here.accounts.findAccount(userId)) !== undefined;
  const eventsOf = async ({ userId }: { readonly userId: string }) =>
    (await stage().query<{ event: string }>('SELECT event FROM audit_events WHERE user_id = :userId', { userId: Number(userId) })).map(
      ({ event }) => event,
    );

  it('is removed with everything of it a week after its last link was over, and its address is free', async () => {
    const { here } = stage();
    const [forsaken, waiting] = [await signUp(here, over), await signUp(here, almost)];
    await tidy();
    expect([await there(forsaken), await there(waiting)]).to.deep.equal([false, true]);
    expect(await eventsOf(forsaken)).to.deep.equal(['auth.password.sign_up.forsaken']);
    const rows = await stage().query('SELECT user_id FROM sign_in_guards WHERE user_id = :id', { id: Number(forsaken.userId) });
    expect(rows).to.deep.equal([]);
    expect(await here.addresses.pendingOf(forsaken.address)).to.equal(undefined);
    expect(await here.addresses.findProof(tokenHash(forsaken.token))).to.equal(undefined);
    expect((await here.addresses.pendingOf(waiting.address))?.account.user.id).to.equal(waiting.userId);
  });

  it('stays where its link was asked for again', async () => {
    const { here } = stage();
    const { userId, address } = await signUp(here, over);
    const { proof } = issueProof({ purpose: 'sign_up', userId, address, asksPassword: false });
    await here.addresses.claiming([userId], (transaction) => transaction.keepProof(proof));
    await tidy();
    expect(await there({ userId })).to.equal(true);
  });

  it('stays where somebody asks for its link in this very moment', async () => {
    const { here } = stage();
    const { userId, address } = await signUp(here, over);
    const again = issueProof({ purpose: 'sign_up', userId, address, asksPassword: false }).proof;
    const { addresses } = here;
    const late: typeof addresses = {
      ...addresses,
      async claiming<T>(ids: readonly string[], work: (transaction: AddressTransaction) => Promise<T>) {
        await addresses.claiming(ids, (transaction) => transaction.keepProof(again));
        return await addresses.claiming(ids, work);
      },
    };
    await createRemoveForsaken(late)(now);
    expect(await there({ userId })).to.equal(true);
  });

  it('stays where an operator has made somebody of it, or a link has', async () => {
    const { here, run } = stage();
    const [active, linked] = [await signUp(here, over), await signUp(here, over)];
    await run("UPDATE users SET status = 'active' WHERE id = :id", { id: Number(active.userId) });
    await here.accounts.locked(linked.userId, {}, (locked) => locked.insertLink(identity(), AT));
    await tidy();
    expect([await there(active), await there(linked)]).to.deep.equal([true, true]);
  });

  it('goes a slice at a time, of several processes once each, and takes nobody else along', async () => {
    const { here, there: other } = stage();
    const { user } = await storedPerson(here);
    for (let each = 0; each < 103; each += 1) await signUp(here, over);
    const left = async () => (await here.addresses.forsakenSince(over)).length;
    await tidy();
    expect(await left()).to.equal(3);
    await Promise.all([tidy(), tidy(other)]);
    expect(await left()).to.equal(0);
    const rows = await stage().query<{ n: number; users: number }>(
      "SELECT COUNT(*) AS n, COUNT(DISTINCT user_id) AS users FROM audit_events WHERE event = 'auth.password.sign_up.forsaken'",
    );
    expect(Number(rows[0]?.n)).to.equal(Number(rows[0]?.users));
    expect(await there({ userId: user.id })).to.equal(true);
  }).timeout(30_000);

  it('loses its address where something else in the database hangs on the row', async () => {
    const { here, run, kind } = stage();
    const forsaken = await signUp(here, over);
    const key = kind === 'postgres' ? 'INTEGER' : 'INT';
    await run(`CREATE TABLE orders (user_id ${kind === 'sqlite' ? 'INTEGER' : key} NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id))`);
    await run('INSERT INTO orders (user_id) VALUES (:id)', { id: Number(forsaken.userId) });
    await tidy();
    const user = (await here.accounts.findAccount(forsaken.userId))?.account.user;
    expect([user?.status, user?.email, user?.passwordHash]).to.deep.equal(['inactive', undefined, undefined]);
    expect(await here.addresses.pendingOf(forsaken.address)).to.equal(undefined);
    await run('DROP TABLE orders');
  });
});

describeOn(databases, 'A sign-up among a host’s users that nobody proves', (kind) => {
  let database: TestDatabase;
  let sequelize: Sequelize;

  before(async () => {
    database = await createDatabase(kind);
    sequelize = openDatabase(database.url);
  });
  after(async () => {
    await sequelize.close();
    await database.drop();
  });

  it('keeps its row, which is the host’s to delete, without address and password', async () => {
    const members = sequelize.define(
      'Member',
      {
        id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
        email: { type: DataTypes.STRING(254), allowNull: false, unique: true },
        state: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
        proven: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
        password: { type: DataTypes.STRING(255) },
      },
      { tableName: 'members', timestamps: false },
    );
    await members.sync();
    const users = { model: members, status: 'state', emailVerified: 'proven', passwordHash: 'password' };
    const storage = openStorage({ sequelize, users });
    await storage.migrate();
    const over = new Date(Date.now() - FORSAKEN_AFTER_MS);
    const { userId, address } = await signUp(storage, over);
    const deletedUnheard = await signUp(storage, over);
    await sequelize.query('DELETE FROM members WHERE id = :id', { replacements: { id: Number(deletedUnheard.userId) } });
    await createRemoveForsaken(storage.addresses)(new Date());
    const row = await members.findByPk(userId);
    expect(row?.get()).to.include({ state: 'inactive', password: null });
    expect(row?.get('email')).to.match(/@address\.invalid$/);
    expect(await storage.addresses.holdersOf(address)).to.deep.equal([]);
    expect(await storage.addresses.forsakenSince(over)).to.deep.equal([]);
    expect((await signUp(storage, new Date(), address)).userId, 'the address is free').not.to.equal(userId);
  });
});
