// Every statement and every migration goes where the models of the host's Sequelize go.

import { expect } from 'chai';
import { type Options, QueryTypes, type Sequelize } from 'sequelize';
import { migrateSchema } from '../../lib/index.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { connectAs, liveThere, openOptionHost } from '../support/option-host.js';
import { createDatabase, type DatabaseKind, describeOn } from '../support/services.js';
import { TABLES_AT_HOST } from '../support/tables.js';

interface Case {
  readonly options: Options;
  /** Made by the host before it starts. */
  readonly before?: readonly string[];
  readonly prefix?: string;
  /** Where our tables must be: the schema, or what stands before the name; of the database that has this name. */
  readonly home: string;
}

const TENANT = 'CREATE SCHEMA tenant';

const CASES: Readonly<Record<DatabaseKind, Readonly<Record<string, Case>>>> = {
  postgres: {
    'a search path with another schema first': {
      options: { dialectOptions: { options: '-c search_path=tenant,public' } },
      before: [TENANT],
      home: 'tenant',
    },
    'a search path that begins with a schema that is not there': {
      options: { dialectOptions: { options: '-c search_path=nowhere,tenant,public' } },
      before: [TENANT],
      home: 'tenant',
    },
    "a search path of the database's own": {
      options: {},
      before: [TENANT, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = tenant, public', current_database()); END $$"],
      home: 'tenant',
    },
    'define.schema': { options: { define: { schema: 'tenant' } }, before: [TENANT], home: 'tenant' },
    'define.schema with capitals, and names of tables with capitals': {
      options: { define: { schema: 'Tenant' } },
      before: ['CREATE SCHEMA "Tenant"'],
      prefix: 'LK_',
      home: 'Tenant',
    },
    'Sequelize’s schema': { options: { schema: 'tenant' }, before: [TENANT], home: 'tenant' },
    'searchPath before each statement': {
      options: { searchPath: 'tenant,public', dialectOptions: { prependSearchPath: true } } as Options,
      before: [TENANT],
      home: 'tenant',
    },
    'prependSearchPath alone': { options: { dialectOptions: { prependSearchPath: true } } as Options, home: 'public' },
    'quoteIdentifiers: false': { options: { quoteIdentifiers: false }, home: 'public' },
    'quoteIdentifiers: false, with capitals in the names of tables, elsewhere': {
      options: { quoteIdentifiers: false, dialectOptions: { options: '-c search_path=tenant,public' } },
      before: [TENANT],
      prefix: 'LK_',
      home: 'tenant',
    },
  },
  mariadb: {
    'define.schema': { options: { define: { schema: 'tenant' } }, home: 'tenant.' },
    'define.schema with a delimiter': { options: { define: { schema: 'tenant', schemaDelimiter: '_' } as object }, home: 'tenant_' },
    'quoteIdentifiers: false': { options: { quoteIdentifiers: false }, home: '' },
  },
  sqlite: {
    'define.schema': { options: { define: { schema: 'tenant' } }, home: 'tenant.' },
  },
};

async function tablesOf(kind: DatabaseKind, sequelize: Sequelize): Promise<readonly string[]> {
  const sql = {
    postgres:
      "SELECT table_schema || '/' || table_name AS name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    mariadb: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
    sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'",
  }[kind];
  const rows = await sequelize.query<{ name: string }>(sql, { type: QueryTypes.SELECT });
  return rows
    .map(({ name }) => name)
    .filter((name) => !/members$|^sqlite_/.test(name))
    .sort();
}

let google: OpenIdProvider;
let oidc: OpenIdProvider;

before('the providers of all hosts', async () => {
  [google, oidc] = await Promise.all([startOpenIdProvider({ alg: 'ES256' }), startOpenIdProvider({ alg: 'ES256' })]);
});
after(() => Promise.all([google?.close(), oidc?.close()]));

for (const kind of ['sqlite', 'mariadb', 'postgres'] as const) {
  describeOn([kind], 'Tables of ours, with', () => {
    for (const [what, { options, before: made = [], prefix = '', home }] of Object.entries(CASES[kind])) {
      it(`${what}, are where the models are, and people come, link and go`, async () => {
        const database = await createDatabase(kind);
        const onlooker = connectAs(kind, database);
        try {
          for (const sql of made) await onlooker.query(sql);
          const host = await openOptionHost({ kind, database, google, oidc, options, plugin: { tablePrefix: prefix } });
          try {
            const folded = options.quoteIdentifiers === false && kind === 'postgres' ? prefix.toLowerCase() : prefix;
            const expected = TABLES_AT_HOST.map((name) =>
              kind === 'postgres' ? `${home}/${folded}${name}` : `${home}${folded}${name}`,
            ).sort();
            expect(await tablesOf(kind, onlooker)).to.deep.equal(expected);
            await liveThere(host, { google, oidc });
            // A second start finds everything as it is.
            await migrateSchema({ sequelize: host.sequelize, users: { model: host.members }, tablePrefix: prefix });
            expect(await tablesOf(kind, onlooker)).to.deep.equal(expected);
          } finally {
            await host.close();
          }
        } finally {
          await onlooker.close();
          await database.drop();
        }
      }).timeout(60_000);
    }
  });
}

describeOn(['postgres'], 'Tables of ours that are there', (kind) => {
  it('are found by the search path, though another schema comes first by now', async () => {
    const database = await createDatabase(kind);
    const onlooker = connectAs(kind, database);
    try {
      const first = await openOptionHost({ kind, database, google, oidc });
      await liveThere(first, { google, oidc });
      await first.close();
      const before = await tablesOf(kind, onlooker);
      await onlooker.query(TENANT);
      const options = { dialectOptions: { options: '-c search_path=tenant,public' } };
      const later = await openOptionHost({ kind, database, google, oidc, options });
      await liveThere(later, { google, oidc });
      await later.close();
      expect(await tablesOf(kind, onlooker)).to.deep.equal(before);
    } finally {
      await onlooker.close();
      await database.drop();
    }
  }).timeout(60_000);

  it('of another schema are no tables of ours', async () => {
    const database = await createDatabase(kind);
    const onlooker = connectAs(kind, database);
    try {
      // The host's own `sessions` stand in `public`, which has nothing to do with us.
      await onlooker.query('CREATE TABLE sessions (sid text PRIMARY KEY)');
      await onlooker.query(TENANT);
      const options = { define: { schema: 'tenant' } };
      const host = await openOptionHost({ kind, database, google, oidc, options });
      await liveThere(host, { google, oidc });
      await host.close();
      expect(await onlooker.query('SELECT * FROM sessions', { type: QueryTypes.SELECT })).to.deep.equal([]);
    } finally {
      await onlooker.close();
      await database.drop();
    }
  }).timeout(60_000);
});
