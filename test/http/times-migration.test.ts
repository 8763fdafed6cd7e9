// Times of before become numbers, whatever was interrupted on the way: who was signed in still is, and what was over stays over.

import { expect } from 'chai';
import { DataTypes, QueryTypes, type Sequelize, Sequelize as SequelizeClass } from 'sequelize';
import { migrateSchema } from '../../lib/index.js';
import { times } from '../../models/migrations/0009-times.js';
import { sqliteDriver } from '../../models/sqlite-driver.js';
import { type ModelName, tableName } from '../../models/tables.js';
import { ApiClient } from '../support/client.js';
import { person } from '../support/person.js';
import { type DatabaseKind, describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

const COLUMNS = {
  refresh_tokens: ['rotated_at', 'created_at', 'expires_at', 'revoked_at'],
  outbox_messages: ['created_at', 'next_attempt_at', 'locked_until', 'sent_at'],
} as const;

type Table = keyof typeof COLUMNS;
type Row = Readonly<Record<string, unknown>>;

function connect(kind: DatabaseKind, url: string, options: object): Sequelize {
  if (kind === 'sqlite')
    return new SequelizeClass({ dialect: 'sqlite', dialectModule: sqliteDriver, storage: url.slice('sqlite:'.length), logging: false });
  return new SequelizeClass(url, { dialect: kind === 'mariadb' ? 'mysql' : kind, logging: false, ...options });
}

const FRAME = /^(?:BEGIN|START|COMMIT|ROLLBACK|SET|PRAGMA)/;

/** A process that dies at its n-th statement from now on, not counting those that begin and end transactions. */
function dyingAt(n: number, sequelize: Sequelize): { revive(): void } {
  const { query } = sequelize;
  let left = n;
  Object.assign(sequelize, {
    query(...given: readonly unknown[]): unknown {
      const [asked] = given as readonly [string | { readonly query: string }];
      const framing = FRAME.test(typeof asked === 'string' ? asked : asked.query);
      if (!framing) left -= 1;
      return left === 0 && !framing ? Promise.reject(new Error('killed')) : Reflect.apply(query, sequelize, given);
    },
  });
  return { revive: () => void Object.assign(sequelize, { query }) };
}

function suite(kind: DatabaseKind, options: object, kill = false): void {
  let stage: Stage;
  let sequelize: Sequelize;

  before(async function () {
    this.timeout(90_000);
    stage = await openStage({ database: kind });
    sequelize = connect(kind, stage.databaseUrl, options);
  });
  after(async () => {
    await sequelize?.close();
    await stage?.close();
  });

  const tables = Object.keys(COLUMNS) as Table[];

  /** In milliseconds, however they are kept; Sequelize itself reads what it calls a date. */
  async function stored(type: typeof DataTypes.BIGINT | typeof DataTypes.DATE): Promise<readonly Row[]> {
    const read = async (table: Table) => {
      const attributes = Object.fromEntries(COLUMNS[table].map((name) => [name, { type }]));
      const id = { type: DataTypes.STRING, primaryKey: true };
      const Model = sequelize.define(table, { id, ...attributes }, { tableName: table, timestamps: false });
      const rows = await Model.findAll({ order: ['id'] });
      const millis = (value: unknown) => (value === null ? null : value instanceof Date ? value.getTime() : Number(value));
      return rows.map((row) => Object.fromEntries(Object.entries(row.get()).map(([k, v]) => [k, k === 'id' ? v : millis(v)])));
    };
    return [...(await read('refresh_tokens')), ...(await read('outbox_messages'))];
  }

  async function kinds(): Promise<ReadonlySet<string>> {
    const described = await Promise.all(tables.map((table) => sequelize.getQueryInterface().describeTable(table)));
    return new Set(tables.flatMap((table, n) => COLUMNS[table].map((name) => String(described[n]?.[name]?.type).replace(/[\s(].*/, ''))));
  }

  async function indexes(): Promise<readonly string[]> {
    const shown = await Promise.all(tables.map((table) => sequelize.getQueryInterface().showIndex(table)));
    return (shown.flat() as readonly { readonly name: string }[]).map(({ name }) => name).sort();
  }

  /** As it was before the step, with all that is stored. */
  async function takeBack(): Promise<void> {
    await sequelize.transaction(async (transaction) => {
      const table = (model: ModelName) => tableName(model, '');
      const queryInterface = sequelize.getQueryInterface();
      await times.down?.({ queryInterface, transaction, userId: DataTypes.INTEGER, ownUsers: true, table });
      await sequelize.query('DELETE FROM latchkey_migrations WHERE name = :name', {
        ...{ type: QueryTypes.DELETE, transaction, replacements: { name: times.name } },
      });
    });
  }

  it(`is reversed and repeated${kill ? ', also after a kill at any statement,' : ''} without moving a time`, async () => {
    const { google, oidc } = stage.providers;
    const [stays, leaves] = [
      await stage.client().signIn('google', google, person()),
      await stage.client().signIn('google', google, person()),
    ];
    await stays.link('oidc', oidc, person());
    await leaves.call('DELETE', '/session/token', { refresh_token: leaves.refreshToken });
    // Nobody else is at the tables from here on.
    await Promise.all(stage.servers.map((server) => server.stop()));
    const held = { until: Date.now() + 60_000, sent: Date.now() };
    await change(stage, 'UPDATE outbox_messages SET locked_until = :until, sent_at = :sent', held);
    const [before, indexed] = [await stored(DataTypes.BIGINT), await indexes()];
    expect(before.length).to.be.above(2);
    expect(indexed).to.include.members(['refresh_tokens_expires_at', 'outbox_messages_sent_at_next_attempt_at']);

    let kills = 0;
    for (let survived = false; !survived; kills += 1) {
      await takeBack();
      expect(
        [...(await kinds())].every((type) => /^(?:DATETIME|TIMESTAMP)/.test(type)),
        [...(await kinds())].join(),
      ).to.equal(true);
      expect(await stored(DataTypes.DATE), 'as dates').to.deep.equal(before);
      const process = dyingAt(kill ? kills + 1 : Number.POSITIVE_INFINITY, sequelize);
      survived = await migrateSchema({ sequelize }).then(
        () => true,
        (error: Error) => {
          expect(error.message).to.equal('killed');
          return false;
        },
      );
      process.revive();
      await migrateSchema({ sequelize });
      expect([await kinds(), await indexes()], `killed at statement ${kills}`).to.deep.equal([new Set(['BIGINT']), indexed]);
      expect(await stored(DataTypes.BIGINT), `killed at statement ${kills}`).to.deep.equal(before);
    }
    expect(kills).to.be.above(kill ? 8 : 0);

    const { base } = await stage.start();
    const codes = [stays, leaves].map(async ({ token }) => (await new ApiClient(base, token).setting()).json?.code);
    expect(await Promise.all(codes)).to.deep.equal([0, 401]);
    expect((await new ApiClient(base).refresh(stays.refreshToken)).json?.code).to.equal(0);
  }).timeout(180_000);
}

describeOn(['sqlite', 'mariadb', 'postgres'], 'The step that makes numbers of times', (kind) => suite(kind, {}, true));
describeOn(['mariadb'], 'The step that makes numbers of times, at -05:30,', (kind) => suite(kind, { timezone: '-05:30' }));
