// What the schema promises: made once, whole, as the models say, and from whatever a crash left of it, on every database.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { DataTypes, Transaction } from 'sequelize';
import { emailKey, identityKey, subjectKey } from '../../lib/accounts/keys.js';
import { openDatabase } from '../../lib/server/database.js';
import { keySql } from '../../models/binary-keys.js';
import { type MigrateOptions, migrate, migrateAhead, revertMigrations } from '../../models/migrate.js';
import { linkOrigins } from '../../models/migrations/0010-link-origins.js';
import { addressKeys } from '../../models/migrations/0013-address-keys.js';
import { sessionTimes } from '../../models/migrations/0018-session-times.js';
import { originTimes } from '../../models/migrations/0023-origin-times.js';
import { MIGRATIONS } from '../../models/migrations/index.js';
import { attributesOf, type ModelName, tableName } from '../../models/tables.js';
import { databases, describeOn } from '../support/services.js';
import { takeBackTo } from '../support/steps-back.js';
import { openStorageStage, type StorageStage } from '../support/storage-stage.js';
import { AT, CONTEXT, HOUR_MS, identity, newSession, rejection, storedPerson } from '../support/stored-people.js';

const PROCESSES = 4;
const ALL_STEPS = MIGRATIONS.map(({ name }) => name);

interface Column {
  readonly field?: string;
  readonly allowNull?: boolean;
  readonly primaryKey?: boolean;
}

const MODELS = Object.entries(attributesOf(DataTypes.INTEGER)) as [ModelName, Readonly<Record<string, Column>>][];

/** Whatever else it does changes nothing that a kill could leave behind. */
const CHANGES_SOMETHING = /^(?:Executing[^:]*: )?(?:CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)/i;

/** Sequelize's types leave these two out. */
interface HookedQueries {
  addHook(name: 'beforeQuery' | 'afterQuery', hook: (options: { completesTransaction?: boolean }, query: { sql: string }) => void): void;
}

class Killed extends Error {}

type Work = (options: MigrateOptions) => Promise<void>;

/**
 * Runs it again and again on one database, each time in a process that dies a little later, after one statement or `step` more that
 * changes something, until one lives to the end.
 * @returns how often it died
 */
async function killedAtEachStatement(url: string, work: Work, { ownUsers, step }: { ownUsers: boolean; step: number }): Promise<number> {
  const deadly = new Set<string>();
  let deaths = 0;
  for (;;) {
    const sequelize = openDatabase(url);
    let dead = false;
    const hooks: HookedQueries = sequelize as never;
    // Its ROLLBACK is what the database does itself when a connection is gone.
    hooks.addHook('beforeQuery', ({ completesTransaction }) => {
      if (dead && completesTransaction !== true) throw new Killed();
    });
    hooks.addHook('afterQuery', (_options, { sql }) => {
      if (dead || deadly.has(sql) || !CHANGES_SOMETHING.test(sql)) return;
      deadly.add(sql);
      if (deadly.size % step !== 0) return;
      dead = true;
      deaths += 1;
      throw new Killed();
    });
    try {
      await work({ sequelize, tablePrefix: '', userId: DataTypes.INTEGER, ownUsers });
      return deaths;
    } catch (error) {
      if (!dead) throw error;
    } finally {
      await sequelize.close();
    }
  }
}

describeOn(databases, 'The schema', (kind) => {
  let stage: StorageStage;
  beforeEach(async () => {
    stage = await openStorageStage(kind, { migrated: false });
  });
  afterEach(() => stage.close());

  const steps = async () =>
    (await stage.query<{ name: string }>('SELECT name FROM latchkey_migrations ORDER BY name')).map(({ name }) => name);
  const countOf = async (table: string) => Number((await stage.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

  async function hexOf(table: string, column: string): Promise<readonly string[]> {
    const hex = keySql(stage.sequelize).hex(column);
    return (
      await stage.query<{ key: string }>(`SELECT ${hex} AS "key" FROM ${table} ORDER BY id`.replaceAll('"', kind === 'mariadb' ? '`' : '"'))
    ).map((row) => row.key);
  }

  async function indexesOf(model: ModelName): Promise<readonly string[]> {
    const found = (await stage.sequelize.getQueryInterface().showIndex(tableName(model, ''))) as readonly { readonly name: string }[];
    return found.map(({ name }) => name);
  }

  async function expectWhole(ownUsers = true): Promise<void> {
    for (const [model, attributes] of MODELS) {
      if (!ownUsers && ['User', 'Group'].includes(model)) continue;
      const table: Readonly<Record<string, Column>> = await stage.sequelize.getQueryInterface().describeTable(tableName(model, ''));
      const columns = Object.entries(attributes).map(([attribute, { field, allowNull = true }]) => ({
        name: field ?? attribute,
        allowNull,
      }));
      // SQLite says of a row id that it may be null, and never lets it be.
      const found = Object.entries(table).map(([name, { allowNull, primaryKey }]) => ({ name, allowNull: allowNull && !primaryKey }));
      expect(found, model).to.have.deep.members(columns);
    }
  }

  it('has the columns that the models have, and demands a value where they do', async () => {
    await stage.here.migrate();
    await expectWhole();
  });

  it(`is made once by ${PROCESSES} processes that start at the same moment`, async () => {
    const storages = Array.from({ length: PROCESSES }, () => stage.open());
    await Promise.all(storages.map((storage) => storage.migrate()));
    expect([await steps(), await stage.here.models.Group?.count()]).to.deep.equal([ALL_STEPS, 2]);
    await Promise.all(storages.map((storage) => storedPerson(storage)));
    expect(await countOf('users')).to.equal(PROCESSES);
  });

  // A server has a lock of its own for it: test/http/faults-conflict.test.ts.
  if (kind === 'sqlite')
    it('waits where another process changes the schema for longer than the driver waits for a file', async () => {
      const other = openDatabase(stage.url);
      const held = await other.transaction({ type: Transaction.TYPES.IMMEDIATE });
      const waiting = migrate({ sequelize: stage.sequelize, tablePrefix: 'later_', userId: DataTypes.INTEGER, ownUsers: true });
      waiting.catch(() => undefined);
      await pause(1_500);
      await held.rollback();
      await other.close();
      await waiting;
      expect(await stage.sequelize.getQueryInterface().describeTable('later_social_links')).to.have.property('namespace');
    });

  it('stays as it is, with all that is in it, when it is brought up to date once more', async () => {
    await stage.here.migrate();
    const { user, links } = await storedPerson(stage.here);
    await stage.there.migrate();
    expect((await stage.there.accounts.findAccount(user.id))?.account).to.deep.equal({ user, links });
    expect(await steps()).to.deep.equal(ALL_STEPS);
  });

  // One transaction has it all, except where each statement of a schema commits.
  const step = kind === 'mariadb' ? 1 : 12;
  for (const ownUsers of kind === 'mariadb' ? [true, false] : [true]) {
    it(`is completed, and taken back, after a kill at any statement, with ${ownUsers ? 'our own users' : 'the users of a host'}`, async () => {
      expect(await killedAtEachStatement(stage.url, migrate, { ownUsers, step })).to.be.at.least(2);
      expect(await steps()).to.deep.equal(ALL_STEPS);
      await expectWhole(ownUsers);
      await killedAtEachStatement(stage.url, revertMigrations, { ownUsers, step });
      expect(await stage.sequelize.getQueryInterface().showAllTables()).to.have.length(1);
      await stage.open().migrate();
      await expectWhole();
    }).timeout(120_000);
  }

  it('finds links by their subject alone again when their origin is taken back, and the first of two who have the same', async () => {
    await stage.here.migrate();
    const subject = 'one of two';
    for (const namespace of ['https://a.test', 'https://b.test']) {
      const { user } = await storedPerson(stage.here, { providers: [] });
      const who = { ...identity('acme', subject), namespace };
      await stage.here.accounts.locked(user.id, {}, (locked) => locked.insertLink(who, AT));
    }
    await takeBackTo(stage.sequelize, linkOrigins.name);
    const before = await stage.query<{ identity_key: string }>('SELECT identity_key FROM social_links ORDER BY id');
    const { sequelize } = stage;
    const table = (model: ModelName) => tableName(model, '');
    await sequelize.transaction(async (transaction) => {
      const queryInterface = sequelize.getQueryInterface();
      await linkOrigins.down?.({ queryInterface, transaction, userId: DataTypes.INTEGER, ownUsers: true, table });
    });
    const after = await stage.query<{ identity_key: string }>('SELECT identity_key FROM social_links ORDER BY id');
    expect(after.map((row) => row.identity_key)).to.deep.equal([subjectKey({ provider: 'acme', subject }), before[1]?.identity_key]);
  });

  it('writes the namespaces that links had by their time into them when their table is taken back', async () => {
    await stage.here.migrate();
    const [first, second] = ['https://a.test', 'https://b.test'];
    for (const namespace of [first, second]) {
      await stage.here.recordOrigins(new Map([['acme', { namespaces: [namespace] }]]));
      await storedPerson(stage.here, { providers: ['acme', 'other'] });
    }
    const { sequelize } = stage;
    await sequelize.transaction(async (transaction) => {
      const queryInterface = sequelize.getQueryInterface();
      const table = (model: ModelName) => tableName(model, '');
      await originTimes.down?.({ queryInterface, transaction, userId: DataTypes.INTEGER, ownUsers: true, table });
    });
    const after = await stage.query<{ namespace: string | null }>('SELECT namespace FROM social_links ORDER BY id');
    expect(after.map(({ namespace }) => namespace)).to.deep.equal([first, null, second, null]);
  });

  it('takes the times of sessions for what they were, there and back, and knows less of those of long before', async () => {
    await stage.here.migrate();
    const { sequelize } = stage;
    const { user, sessionId } = await storedPerson(stage.here);
    const [day, hour] = [24 * HOUR_MS, HOUR_MS];
    const at = (ms: number) => new Date(AT.getTime() + ms);
    const [known, old] = [newSession(user.id, { authenticatedAt: at(-day) }), newSession(user.id)];
    for (const session of [known, old]) await stage.here.accounts.signIn((transaction) => transaction.insertSession(session));
    await stage.here.sessions.touch(known.id, at(hour));
    await stage.here.sessions.rotate(sessionId, 0, at(2 * hour), at(day));
    const ids = [sessionId, known.id, old.id];
    const timesOf = async () => {
      const found = await Promise.all(ids.map((id) => stage.there.sessions.find(id)));
      return found.map(
        (each) => each && [each.session.createdAt, each.session.authenticatedAt, each.session.rotatedAt, each.session.lastSeenAt],
      );
    };
    const before = await timesOf();
    expect(before).to.deep.equal([
      [AT, AT, at(2 * hour), at(2 * hour)],
      [AT, at(-day), AT, at(hour)],
      [AT, AT, AT, AT],
    ]);
    await sequelize.transaction(async (transaction) => {
      const table = (model: ModelName) => tableName(model, '');
      await sessionTimes.down?.({
        queryInterface: sequelize.getQueryInterface(),
        transaction,
        userId: DataTypes.INTEGER,
        ownUsers: true,
        table,
      });
    });
    await stage.run('UPDATE refresh_tokens SET opened_at = NULL, created_at = :at WHERE id = :id', { id: old.id, at: at(-day).getTime() });
    await stage.run('DELETE FROM latchkey_migrations WHERE name = :name', { name: sessionTimes.name });
    await stage.there.migrate();
    expect(await timesOf()).to.deep.equal([
      before[0],
      // No tokens were made of it, so nobody asks when.
      [AT, at(-day), at(hour), at(hour)],
      [at(-day), at(-day), AT, AT],
    ]);
  });

  it('keys addresses that were stored under another normal form by the one of today, and takes no key from anybody', async () => {
    await stage.here.migrate();
    const stored = async (email: string) => (await storedPerson(stage.here, { email, providers: [] })).user.id;
    const [sigma, wide, taken, plain] = [
      await stored('οδος@example.test'),
      await stored('ａdmin@example.test'),
      await stored('ΝΙΚΟΣ@example.test'),
      await stored('kim@example.test'),
    ];
    const rekeyed = async (id: string, key: string) => {
      await stage.run('UPDATE users SET email_key = :key WHERE id = :id', { key: key.padEnd(64, '0'), id: Number(id) });
    };
    const keys = async () => await hexOf('users', 'email_hash');
    const today = await keys();
    await takeBackTo(stage.sequelize, addressKeys.name);
    // One waits for the key of the other, and the third finds its own taken.
    await rekeyed(sigma, 'a');
    await rekeyed(wide, 'b');
    await rekeyed(taken, 'c');
    await stage.run('UPDATE users SET email_key = :key WHERE id = :id', { key: emailKey('ａdmin@example.test'), id: Number(sigma) });
    await stage.run('UPDATE users SET email_key = :key WHERE id = :id', { key: emailKey('νικοσ@example.test'), id: Number(plain) });
    await stage.run('DELETE FROM latchkey_migrations WHERE name = :name', { name: addressKeys.name });
    await stage.there.migrate();
    const [first, second] = today;
    expect(await keys()).to.deep.equal([first, second, 'c'.padEnd(64, '0'), emailKey('νικοσ@example.test')]);
    const found = await stage.there.accounts.findByAddress('ΟΔΟΣ@example.test');
    expect(found.map(({ id }) => id)).to.deep.equal([sigma]);
  });

  it('is completed where a crash came between the making of a table and the word that it was made', async () => {
    await stage.here.migrate();
    const { user } = await storedPerson(stage.here);
    await takeBackTo(stage.sequelize, sessionTimes.name);
    const rows = stage.sequelize.getQueryInterface();
    await rows.removeIndex('refresh_tokens', 'refresh_tokens_expires_at');
    // Columns of a later step than the one that made their tables.
    await stage.run('ALTER TABLE outbox_messages DROP COLUMN kind');
    await stage.run('ALTER TABLE social_links DROP COLUMN tokens');
    await rows.dropTable('sessions');
    await stage.run('DELETE FROM latchkey_migrations WHERE name > :kept', { kept: String(ALL_STEPS[0]) });
    await stage.there.migrate();
    expect(await steps()).to.deep.equal(ALL_STEPS);
    expect(await indexesOf('RefreshToken')).to.include('refresh_tokens_expires_at');
    expect(await rows.describeTable('outbox_messages')).to.have.property('kind');
    expect(await countOf('sessions')).to.equal(0);
    expect((await stage.there.accounts.findAccount(user.id))?.account.links).to.have.length(1);
  });

  it('keeps who is who, and every audit row, when keys become bytes and ids grow, after a kill at any statement', async () => {
    await stage.here.migrate();
    const people = [await storedPerson(stage.here, { providers: ['google', 'oidc'] }), await storedPerson(stage.here)];
    const audited = { event: 'auth.oauth.sign_in.success', userId: people[0]?.user.id } as const;
    for (let n = 0; n < 3; n += 1) await stage.here.accounts.audit(audited, CONTEXT);
    await takeBackTo(stage.sequelize, sessionTimes.name);
    const keys = await stage.query<{ identity_key: string }>('SELECT identity_key FROM social_links ORDER BY id');
    const events = await stage.query('SELECT * FROM audit_events ORDER BY id');
    if (kind === 'mariadb') await stage.run('ALTER TABLE audit_events MODIFY id INTEGER NOT NULL AUTO_INCREMENT');
    if (kind === 'postgres') await stage.run('ALTER TABLE audit_events ALTER COLUMN id TYPE INTEGER');

    // SQLite has it all in one transaction.
    const deaths = await killedAtEachStatement(stage.url, migrate, { ownUsers: true, step: 1 });
    expect(deaths).to.be.at.least(kind === 'sqlite' ? 4 : 12);
    await expectWhole();
    expect(await hexOf('social_links', 'identity_hash')).to.deep.equal(keys.map((row) => row.identity_key));
    expect(await stage.query('SELECT * FROM audit_events ORDER BY id'), 'audit rows').to.deep.equal(events);
    const tables = await stage.sequelize.getQueryInterface().showAllTables();
    expect(tables.filter((table) => /bits/.test(JSON.stringify(table)))).to.deep.equal([]);
    for (const { user, links } of people) {
      expect((await stage.there.accounts.findByAddress(user.email ?? '')).map(({ id }) => id)).to.deep.equal([user.id]);
      for (const link of links) expect((await stage.there.accounts.findByIdentity(link))?.user.id).to.equal(user.id);
    }
    await stage.there.accounts.audit(audited, CONTEXT);
    const ids = (await stage.query<{ id: unknown }>('SELECT id FROM audit_events ORDER BY id')).map(({ id }) => Number(id));
    expect([ids.length, new Set(ids).size]).to.deep.equal([4, 4]);
    const { id } = await stage.sequelize.getQueryInterface().describeTable('audit_events');
    expect(id?.type).to.match(kind === 'sqlite' ? /^INTEGER/ : /^BIGINT/);
    const link = people[0]?.links[0];
    if (link === undefined) throw new TypeError('Somebody has a link');
    const taken = await rejection(
      stage.there.accounts.locked(people[1]?.user.id ?? '', {}, (locked) =>
        locked.insertLink({ ...link, provider: 'google', profile: { emailVerified: false } }, AT),
      ),
    );
    expect(taken).to.be.instanceOf(Error);
  }).timeout(120_000);

  if (kind !== 'sqlite')
    it('lets processes of before go on for as long as the first steps take, and takes over what they have written', async () => {
      await stage.here.migrate();
      const [ann, bob] = [await storedPerson(stage.here), await storedPerson(stage.here)];
      await takeBackTo(stage.sequelize, sessionTimes.name);
      const options = { sequelize: stage.sequelize, tablePrefix: '', userId: DataTypes.INTEGER, ownUsers: true };
      expect(await migrateAhead(options)).to.equal('0021-binary-keys');
      // As a process of before writes: a new link, a link that learns its namespace, and an address that goes from one to the other.
      const newcomer = { provider: 'oidc', subject: 'of before' };
      const insert =
        'INSERT INTO social_links (user_id, provider, subject, identity_key, linked_at, sign_ins) VALUES (:user, :provider, :subject, :key, :at, 0)';
      await stage.run(insert, { ...newcomer, user: Number(ann.user.id), key: subjectKey(newcomer), at: AT });
      const moved = { provider: 'google', namespace: 'https://idp.test', subject: String(bob.links[0]?.subject) };
      await stage.run('UPDATE social_links SET identity_key = :key, namespace = :namespace WHERE user_id = :user', {
        key: identityKey(moved),
        namespace: moved.namespace,
        user: Number(bob.user.id),
      });
      const [first, second] = [ann.user.email ?? '', bob.user.email ?? ''];
      const readdress = (user: string, email: string) =>
        stage.run('UPDATE users SET email = :email, email_key = :key WHERE id = :user', {
          user: Number(user),
          email,
          key: emailKey(email),
        });
      await readdress(ann.user.id, 'elsewhere@example.test');
      await readdress(bob.user.id, first);
      await readdress(ann.user.id, second);
      expect(await migrateAhead(options), 'once more').to.equal('0021-binary-keys');

      await stage.there.migrate();
      const ownerOf = async (who: Parameters<typeof identityKey>[0]) => (await stage.there.accounts.findByIdentity(who))?.user.id;
      expect([await ownerOf(newcomer), await ownerOf(moved)]).to.deep.equal([ann.user.id, bob.user.id]);
      const holderOf = async (email: string) => (await stage.there.accounts.findByAddress(email)).map(({ id }) => id);
      expect([await holderOf(first), await holderOf(second)]).to.deep.equal([[bob.user.id], [ann.user.id]]);
      // Whoever of before is left fails, and writes nothing.
      const late = await rejection(stage.run(insert, { ...newcomer, user: Number(bob.user.id), key: subjectKey(newcomer), at: AT }));
      expect(late).to.be.instanceOf(Error);
    }).timeout(120_000);
});
