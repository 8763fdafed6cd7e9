// Somebody who gets the id of another: what is stored of the other goes, on every database, and nobody is taken for somebody else.

import { expect } from 'chai';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';
import type { VerifiedIdentity } from '../../lib/accounts/types.js';
import { openStorage, type Storage } from '../../lib/plugin/storage.js';
import { openDatabase } from '../../lib/server/database.js';
import { createDatabase, databases, describeOn, type TestDatabase } from '../support/services.js';
import { ALL_WORK, AT, CONTEXT, identity, newSession } from '../support/stored-people.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** How much later the row says it was made, and whether that is somebody else. */
const DELAYS: readonly (readonly [string, number, boolean])[] = [
  ['at the same moment', 0, false],
  ['a second later, as a column rounds it', SECOND_MS, false],
  ['earlier, as a backup has it', -90 * SECOND_MS, false],
  ['eight hours later, as another time zone has it', 8 * HOUR_MS, false],
  ['three quarters of an hour later, as another time zone has it', 0.75 * HOUR_MS, false],
  ['two seconds later', 2 * SECOND_MS, true],
  ['seven minutes later', 420 * SECOND_MS, true],
  ['eight hours and a minute later', 8 * HOUR_MS + 60 * SECOND_MS, true],
  ['days later, to the hour', 50 * HOUR_MS, true],
];

describeOn(databases, 'Whoever has an id after another', (kind) => {
  let database: TestDatabase;
  let sequelize: Sequelize;
  let members: ModelStatic<Model>;
  let storage: Storage;
  const statements: string[] = [];

  before(async () => {
    database = await createDatabase(kind);
    sequelize = openDatabase(database.url, (sql) => void statements.push(sql));
    members = sequelize.define(
      'Member',
      {
        id: { type: DataTypes.STRING(40), primaryKey: true, defaultValue: DataTypes.UUIDV4 },
        email: { type: DataTypes.STRING(255) },
        madeAt: { type: DataTypes.DATE, allowNull: false, field: 'made_at' },
      },
      { tableName: 'members', timestamps: false },
    );
    await members.sync();
    storage = openStorage({ sequelize, users: { model: members, createdAt: 'madeAt' } });
    await storage.migrate();
  });
  after(async () => {
    await sequelize.close();
    await database.drop();
  });

  interface Known {
    readonly id: string;
    readonly who: VerifiedIdentity;
    readonly sessionId: string;
  }

  /** Linked and signed in, with all that is known about that. */
  async function known(): Promise<Known> {
    const who = identity();
    return await storage.accounts.signIn(async (transaction) => {
      const user = await transaction.insertUser({ email: undefined, emailVerified: false, nickname: '', language: '' });
      const link = await transaction.insertLink(user.id, who, AT);
      const session = newSession(user.id, { linkId: link.id });
      await transaction.insertSession(session);
      await transaction.insertSession(newSession(user.id));
      return { id: user.id, who, sessionId: session.id };
    });
  }

  async function moveBack(id: string, ms: number): Promise<void> {
    const madeAt = (await members.findByPk(id))?.get('madeAt') as Date;
    await members.update({ madeAt: new Date(madeAt.getTime() + ms) }, { where: { id } });
  }

  const leftOf = async (id: string) => ({
    links: await storage.models.SocialLink.count({ where: { userId: id } }),
    sessions: await storage.models.RefreshToken.count({ where: { userId: id } }),
  });
  const NOTHING = { links: 0, sessions: 0 };
  const ALL = { links: 1, sessions: 2 };

  for (const [when, delay, isAnother] of DELAYS) {
    it(`is ${isAnother ? 'somebody else' : 'the same person'} where the row was made ${when}`, async () => {
      const { id, who, sessionId } = await known();
      await moveBack(id, delay);
      expect((await storage.sessions.find(sessionId))?.user.id).to.equal(isAnother ? undefined : id);
      expect((await storage.accounts.findByIdentity(who))?.user.id).to.equal(isAnother ? undefined : id);
      expect(await leftOf(id)).to.deep.equal(isAnother ? NOTHING : ALL);
      const found = await storage.accounts.findAccount(id, sessionId);
      expect([found?.account.links.length, found?.session?.id]).to.deep.equal(isAnother ? [0, undefined] : [1, sessionId]);
    });
  }

  it('has nothing of the other under the lock and where they are read, and is the one whom the id stands for from then on', async () => {
    for (const meet of [
      (id: string) => storage.accounts.locked(id, {}, async ({ account }) => account.links.length),
      async (id: string) => (await storage.accounts.findAccount(id))?.account.links.length,
    ]) {
      const { id } = await known();
      await moveBack(id, 5 * SECOND_MS);
      expect(await meet(id)).to.equal(0);
      expect(await leftOf(id)).to.deep.equal(NOTHING);
      const own = identity();
      await storage.accounts.locked(id, {}, (locked) => locked.insertLink(own, AT));
      expect((await storage.accounts.findByIdentity(own))?.user.id).to.equal(id);
    }
  });

  it('is not told of the sign-ins of the other', async () => {
    const { id } = await known();
    await storage.accounts.audit({ event: 'auth.oauth.sign_in.success', userId: id }, CONTEXT);
    const told = async () => {
      const found = await storage.accounts.findAccount(id);
      return found && (await storage.accounts.recentSignIns(found.account.user, 9)).length;
    };
    expect(await told()).to.equal(1);
    await moveBack(id, 5 * SECOND_MS);
    expect(await told()).to.equal(0);
  });

  it('is told from the other also where the guard row is older than what it remembers', async () => {
    const { id, who } = await known();
    await storage.models.SignInGuard.update({ userCreatedAt: null }, { where: { userId: id } });
    await moveBack(id, 5 * SECOND_MS);
    expect((await storage.accounts.findByIdentity(who))?.user.id, 'nobody can tell yet').to.equal(id);
    await storage.accounts.locked(id, {}, async () => undefined);
    await moveBack(id, 5 * SECOND_MS);
    expect(await storage.accounts.findByIdentity(who)).to.equal(undefined);
  });

  it('has nothing of the other whom the model has deleted: all at once, some of many, and none who was only about to go', async () => {
    const [first, second, third] = [await known(), await known(), await known()];
    await members.destroy({ where: { id: [first.id, second.id] }, limit: 1 });
    const stay = (await members.findAll({ where: { id: [first.id, second.id] } })).map((row) => String(row.get('id')));
    expect(stay).to.have.length(1);
    for (const { id } of [first, second]) expect(await leftOf(id)).to.deep.equal(stay.includes(id) ? ALL : NOTHING);
    const undone = new RangeError('taken back');
    await sequelize
      .transaction(async (transaction) => {
        await (await members.findByPk(third.id, { transaction }))?.destroy({ transaction });
        throw undone;
      })
      .catch((error: unknown) => expect(error).to.equal(undone));
    expect(await leftOf(third.id)).to.deep.equal(ALL);
    await members.destroy({ truncate: true });
    expect([await storage.models.SocialLink.count(), await storage.models.SignInGuard.count()]).to.deep.equal([0, 0]);
  });

  it('costs nothing where there is nobody like that', async () => {
    const { id, who } = await known();
    const counted = async (work: () => Promise<unknown>) => {
      statements.length = 0;
      await work();
      return statements.filter((sql) => !/: (?:START TRANSACTION|BEGIN|COMMIT|SET )/.test(sql)).length;
    };
    expect(await counted(() => storage.accounts.findByIdentity(who))).to.equal(1);
    expect(await counted(() => storage.accounts.findAccount(id))).to.equal(1);
    expect(await counted(() => storage.accounts.locked(id, {}, async () => undefined))).to.equal(2);
    expect(await counted(() => storage.accounts.guarded(id, ALL_WORK, async () => undefined))).to.equal(3);
  });
});
