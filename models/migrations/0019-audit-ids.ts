// Ids of audit rows have 64 bits. A new table takes the place of the old one at once, and the rows follow in slices, so no sign-in has to
// wait.

import { QueryTypes } from 'sequelize';
import type { Migration } from './migration.js';
import type { MigrationContext } from './migration-context.js';
import { inSlices, type OnlineDialect, onlineDialect, quotedTable, statement } from './online.js';

/** What stands beside the table on the way. */
const [NEXT, BEFORE] = ['_of_64_bits', '_of_32_bits'] as const;
/** Rows that may be written between two statements, and more. */
const GAP = 1_000_000;
const INDEXED = ['user_id', 'created_at'];

async function isThere({ queryInterface, transaction, table }: MigrationContext, suffix: string): Promise<boolean> {
  return await queryInterface.tableExists(`${table('AuditEvent')}${suffix}`, { transaction } as object);
}

async function isWide({ queryInterface, transaction, table }: MigrationContext): Promise<boolean> {
  const { id } = await queryInterface.describeTable(table('AuditEvent'), { transaction } as object);
  return /^bigint/i.test(String(id?.type));
}

async function highestId({ queryInterface, transaction }: MigrationContext, table: string, where = ''): Promise<number> {
  const options = { type: QueryTypes.SELECT, transaction } as const;
  const [row] = await queryInterface.sequelize.query<{ highest: unknown }>(`SELECT MAX(id) AS highest FROM ${table} ${where}`, options);
  return Number(row?.highest ?? 0);
}

/** One statement gives both names; ids of the new table begin behind all that the old one may still get. */
async function swapOnMysql(context: MigrationContext, [now, next, before]: readonly string[]): Promise<void> {
  await statement(context, `CREATE TABLE ${next} LIKE ${now}`);
  const from = (await highestId(context, String(now))) + GAP;
  await statement(context, `ALTER TABLE ${next} MODIFY id BIGINT NOT NULL AUTO_INCREMENT, AUTO_INCREMENT = ${from}`);
  await statement(context, `RENAME TABLE ${now} TO ${before}, ${next} TO ${now}`);
}

/** One transaction; the sequence goes on, and who may do what with the table stays as it was. */
async function swapOnPostgres(context: MigrationContext): Promise<void> {
  const { queryInterface, table } = context;
  const [name, quote] = [table('AuditEvent'), (text: string) => queryInterface.quoteIdentifier(text)];
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const [now, next, before] = ['', NEXT, BEFORE].map((suffix) => quotedTable(context, 'AuditEvent', suffix));
  const home = `(SELECT c.oid FROM pg_class c WHERE c.oid = to_regclass(${literal(String(now))}))`;
  const index = [name, ...INDEXED].join('_');
  await statement(
    context,
    `DO $latchkey$ DECLARE
      ids text := pg_get_serial_sequence(${literal(String(now))}, 'id');
      allowed record;
    BEGIN
      SET LOCAL lock_timeout = '3s';
      LOCK TABLE ${now} IN ACCESS EXCLUSIVE MODE;
      CREATE TABLE ${next} (LIKE ${now} INCLUDING DEFAULTS);
      ALTER TABLE ${next} ALTER COLUMN id TYPE BIGINT, ADD PRIMARY KEY (id);
      EXECUTE 'ALTER SEQUENCE ' || ids || ' AS BIGINT OWNED BY ${next}.id';
      FOR allowed IN SELECT a.grantee, a.privilege_type, a.is_grantable FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = ${home} AND a.grantee <> c.relowner LOOP
        EXECUTE format('GRANT %s ON ${next} TO %s%s', allowed.privilege_type,
          CASE WHEN allowed.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(allowed.grantee)) END,
          CASE WHEN allowed.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
      END LOOP;
      ALTER INDEX ${quote(index)} RENAME TO ${quote(`${index}${BEFORE}`)};
      ALTER TABLE ${now} RENAME TO ${before};
      ALTER TABLE ${next} RENAME TO ${now};
      CREATE INDEX ${quote(index)} ON ${now} (${INDEXED.join(', ')});
    END $latchkey$`,
  );
}

async function widen(context: MigrationContext, dialect: OnlineDialect): Promise<void> {
  const names = ['', NEXT, BEFORE].map((suffix) => quotedTable(context, 'AuditEvent', suffix));
  const [now, next, before] = names;
  if (!(await isWide(context))) {
    await statement(context, `DROP TABLE IF EXISTS ${next}`);
    await (dialect === 'mysql' ? swapOnMysql(context, names) : swapOnPostgres(context));
  }
  if (!(await isThere(context, BEFORE))) return;
  const moved = await highestId(context, String(now), `WHERE id <= (SELECT MAX(id) FROM ${before})`);
  const [insert, conflict] = dialect === 'mysql' ? ['INSERT IGNORE', ''] : ['INSERT', 'ON CONFLICT DO NOTHING'];
  const move = `${insert} INTO ${now} SELECT * FROM ${before} WHERE id > $after AND id <= $last ${conflict}`;
  await inSlices(context, String(before), move, moved);
  await statement(context, `DROP TABLE ${before}`);
}

/** Taking it back leaves the ids as they are; whatever was under way goes. */
export const auditIds: Migration = {
  name: '0019-audit-ids',
  online: 'beside',
  async up(context) {
    const dialect = onlineDialect(context);
    // Row ids of SQLite have 64 bits.
    if (dialect !== undefined) await widen(context, dialect);
  },
  async down(context) {
    for (const suffix of [NEXT, BEFORE])
      if (await isThere(context, suffix))
        await context.queryInterface.dropTable(`${context.table('AuditEvent')}${suffix}`, { transaction: context.transaction });
  },
};
