// Whatever options a host opens its Sequelize with, people come, link and go.

import { Op, type Options, Transaction } from 'sequelize';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { liveThere, openOptionHost } from '../support/option-host.js';
import { createDatabase, describeOn } from '../support/services.js';

type Kind = 'mariadb' | 'postgres';

/** Undefined: this database has no such thing. */
type OptionsOf = (kind: Kind) => Options | undefined;

const same =
  (options: Options): OptionsOf =>
  () =>
    options;
const only =
  (wanted: Kind, options: Options): OptionsOf =>
  (kind) =>
    kind === wanted ? options : undefined;
const either =
  (mariadb: Options, postgres: Options): OptionsOf =>
  (kind) =>
    kind === 'mariadb' ? mariadb : postgres;

const { ISOLATION_LEVELS } = Transaction;

const MATRIX: Readonly<Record<string, OptionsOf>> = {
  'no options': same({}),
  'snake case everywhere': same({ define: { underscored: true } }),
  'soft deletion everywhere': same({ define: { paranoid: true } }),
  'no timestamps': same({ define: { timestamps: false } }),
  'names of tables as of models': same({ define: { freezeTableName: true } }),
  'other names for timestamps': same({ define: { createdAt: 'made_at', updatedAt: 'changed_at' } }),
  'versions of rows': same({ define: { version: true } }),
  'a scope for every model': same({ define: { defaultScope: { where: { nickName: { [Op.ne]: '' } } } as object, scopes: {} } }),
  'hooks of every model': same({
    define: {
      hooks: {
        beforeCreate(row) {
          if (!('nickName' in row)) throw new Error('This is no member');
        },
        beforeBulkUpdate(options) {
          if (!('attributes' in options)) throw new Error('This is no update');
        },
      },
    },
  }),
  'hooks of Sequelize itself': same({ hooks: { beforeUpdate: () => undefined, afterCreate: async () => undefined } }),
  'nulls left out': same({ omitNull: true }),
  'types checked': same({ typeValidation: true }),
  'serializable by default': same({ isolationLevel: ISOLATION_LEVELS.SERIALIZABLE }),
  'repeatable read by default': same({ isolationLevel: ISOLATION_LEVELS.REPEATABLE_READ }),
  'a pool of one': same({ pool: { max: 1, min: 0, acquire: 5_000 } }),
  'a pool that keeps nothing': same({ pool: { max: 3, idle: 1, evict: 1 } }),
  'connections used twice at most': same({ pool: { max: 3, maxUses: 2 } }),
  'raw rows': same({ query: { raw: true } }),
  'three tries for everything': same({ retry: { max: 3 } }),
  'every statement logged, with its values': same({ logging: () => undefined, benchmark: true, logQueryParameters: true }),
  'five hours west': same({ timezone: '-05:00' }),
  'a zone by its name': same({ timezone: 'Asia/Shanghai' }),
  "the server's own zone": same({ keepDefaultTimezone: true } as Options),
  'another version of the server': either({ databaseVersion: '10.5.0' } as Options, { databaseVersion: '12.0.0' } as Options),
  'names without quotes': same({ quoteIdentifiers: false }),
  'a schema': only('mariadb', { define: { schema: 'tenant' } }),
  'letters of few bytes': only('mariadb', { define: { charset: 'latin1' } as object, dialectOptions: { charset: 'utf8mb4' } }),
  'another collation': only('mariadb', { define: { charset: 'utf8mb4', collate: 'utf8mb4_general_ci' } }),
  'dates and numbers as texts': only('mariadb', {
    dialectOptions: { dateStrings: true, typeCast: true, supportBigNumbers: true, bigNumberStrings: true },
  }),
  'decimals as numbers, and rows found counted': only('mariadb', {
    dialectOptions: { decimalNumbers: true, flags: '+FOUND_ROWS' } as object,
  }),
  'a name and time-outs for the connection': only('postgres', {
    dialectOptions: { application_name: 'club', statement_timeout: 5_000, idle_in_transaction_session_timeout: 5_000, lock_timeout: 2_000 },
  }),
  'messages of the server': only('postgres', { dialectOptions: { clientMinMessages: 'notice' } as object }),
  'strings by older rules': only('postgres', { standardConformingStrings: false } as Options),
};

let google: OpenIdProvider;
let oidc: OpenIdProvider;

before('the providers of all hosts', async () => {
  [google, oidc] = await Promise.all([startOpenIdProvider({ alg: 'ES256' }), startOpenIdProvider({ alg: 'ES256' })]);
});
after(() => Promise.all([google?.close(), oidc?.close()]));

for (const kind of ['mariadb', 'postgres'] as const) {
  describeOn([kind], 'A host whose Sequelize has', () => {
    async function lives(options: Options): Promise<void> {
      const database = await createDatabase(kind);
      try {
        const host = await openOptionHost({ kind, database, google, oidc, options });
        try {
          await liveThere(host, { google, oidc });
        } finally {
          await host.close();
        }
      } finally {
        await database.drop();
      }
    }

    for (const [what, optionsOf] of Object.entries(MATRIX)) {
      const options = optionsOf(kind);
      if (options === undefined) continue;
      it(`${what} has people who come, link and go`, () => lives(options)).timeout(60_000);
    }
  });
}
