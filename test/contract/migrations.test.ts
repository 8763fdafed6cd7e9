// What the schema promises: made once, whole, as the models say, and from whatever a crash left of it, on every database.

import { expect } from 'chai';
import { DataTypes } from 'sequelize';
import { attributesOf, type ModelName, tableName } from '../../models/define-models.js';
import { MIGRATIONS } from '../../models/migrations/index.js';
import { databases, describeOn } from '../support/services.js';
import { openStorageStage, type StorageStage } from '../support/storage-stage.js';
import { storedPerson } from '../support/stored-people.js';

const PROCESSES = 4;
const ALL_STEPS = MIGRATIONS.map(({ name }) => name);

interface Column {
  readonly field?: string;
  readonly allowNull?: boolean;
  readonly primaryKey?: boolean;
}

const MODELS = Object.entries(attributesOf(DataTypes.INTEGER)) as [ModelName, Readonly<Record<string, Column>>][];

describeOn(databases, 'The schema', (kind) => {
  let stage: StorageStage;
  beforeEach(async () => {
    stage = await openStorageStage(kind, { migrated: false });
  });
  afterEach(() => stage.close());

  const steps = async () =>
    (await stage.query<{ name: string }>('SELECT name FROM latchkey_migrations ORDER BY name')).map(({ name }) => name);
  const countOf = async (table: string) => Number((await stage.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

  async function indexesOf(model: ModelName): Promise<readonly string[]> {
    const found = (await stage.sequelize.getQueryInterface().showIndex(tableName(model, ''))) as readonly { readonly name: string }[];
    return found.map(({ name }) => name);
  }

  it('has the columns that the models have, and demands a value where they do', async () => {
    await stage.here.migrate();
    for (const [model, attributes] of MODELS) {
      const table: Readonly<Record<string, Column>> = await stage.sequelize.getQueryInterface().describeTable(tableName(model, ''));
      const columns = Object.entries(attributes).map(([attribute, { field, allowNull = true }]) => ({
        name: field ?? attribute,
        allowNull,
      }));
      // SQLite says of a row id that it may be null, and never lets it be.
      const found = Object.entries(table).map(([name, { allowNull, primaryKey }]) => ({ name, allowNull: allowNull && !primaryKey }));
      expect(found, model).to.have.deep.members(columns);
    }
  });

  it(`is made once by ${PROCESSES} processes that start at the same moment`, async () => {
    const storages = Array.from({ length: PROCESSES }, () => stage.open());
    await Promise.all(storages.map((storage) => storage.migrate()));
    expect([await steps(), await stage.here.models.Group?.count()]).to.deep.equal([ALL_STEPS, 2]);
    await Promise.all(storages.map((storage) => storedPerson(storage)));
    expect(await countOf('users')).to.equal(PROCESSES);
  });

  it('stays as it is, with all that is in it, when it is brought up to date once more', async () => {
    await stage.here.migrate();
    const { user, links } = await storedPerson(stage.here);
    await stage.there.migrate();
    expect((await stage.there.accounts.findAccount(user.id))?.account).to.deep.equal({ user, links });
    expect(await steps()).to.deep.equal(ALL_STEPS);
  });

  it('is completed where a crash came between the making of a table and the word that it was made', async () => {
    await stage.here.migrate();
    const { user } = await storedPerson(stage.here);
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
});
