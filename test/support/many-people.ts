// As many people as a busy app has, each with all that is stored of one, made by the database itself.

import type { Sequelize } from 'sequelize';
import type { DatabaseKind } from './services.js';

export const MANY = 100_000;

/** How a dialect spells what the rows are made of. */
interface Spelling {
  /** A text of so many digits. */
  digits(number: string, length: number): string;
  join(...texts: readonly string[]): string;
  readonly date: string;
  readonly yes: string;
  /** The bytes of a text of hex digits. */
  bytes(hex: string): string;
}

const concat = (...texts: readonly string[]) => texts.join(' || ');

const SPELLINGS: Readonly<Record<DatabaseKind, Spelling>> = {
  sqlite: {
    digits: (number, length) => `printf('%0${length}d', ${number})`,
    join: concat,
    date: "'2026-01-01 00:00:00.000 +00:00'",
    yes: '1',
    bytes: (hex) => `UNHEX(${hex})`,
  },
  mariadb: {
    digits: (number, length) => `LPAD(${number}, ${length}, '0')`,
    join: (...texts) => `CONCAT(${texts.join(', ')})`,
    date: "'2026-01-01 00:00:00.000'",
    yes: '1',
    bytes: (hex) => `UNHEX(${hex})`,
  },
  postgres: {
    digits: (number, length) => `LPAD(CAST(${number} AS TEXT), ${length}, '0')`,
    join: concat,
    date: "TIMESTAMPTZ '2026-01-01 00:00:00+00'",
    yes: 'TRUE',
    bytes: (hex) => `decode(${hex}, 'hex')`,
  },
};

const DIGITS = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(' UNION ALL ');
/** Every whole number below `MANY`, as `n`. */
const NUMBERS = `(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
  FROM (${DIGITS}) a CROSS JOIN (${DIGITS}) b CROSS JOIN (${DIGITS}) c CROSS JOIN (${DIGITS}) e CROSS JOIN (${DIGITS}) f) numbers`;

const DAY_MS = 86_400_000;
const GIVEN_UP = 253_370_764_800_000;

/** Empty tables with the schema of today become full ones. */
export async function fillWithPeople(sequelize: Sequelize, kind: DatabaseKind): Promise<void> {
  const { digits, join, date, yes, bytes } = SPELLINGS[kind];
  const [now, alive] = [Date.now(), Date.now() + 30 * DAY_MS];
  const uuid = (number: string) => join("'00000000-0000-4000-8000-'", digits(number, 12));
  const key = (number: string) => digits(number, 64);
  const email = (number: string) => join("'person'", digits(number, 6), "'@many.example'");
  const tables: readonly (readonly [table: string, columns: Readonly<Record<string, string>>, from: string])[] = [
    [
      'users',
      {
        email: email('n'),
        email_hash: bytes(key('n')),
        email_verified: yes,
        nickname: "'Somebody'",
        group_id: '2',
        created_at: date,
        updated_at: date,
      },
      NUMBERS,
    ],
    ['sign_in_guards', { user_id: 'id' }, 'users'],
    [
      'social_links',
      {
        user_id: 'id',
        provider: "'oidc'",
        subject: digits('id', 20),
        identity_hash: bytes(key('id')),
        linked_at: date,
        last_used_at: date,
      },
      'users',
    ],
    [
      'refresh_tokens',
      {
        id: uuid('id'),
        user_id: 'user_id',
        link_id: 'id',
        created_at: `${now}`,
        authenticated_at: `${now}`,
        rotated_at: `${now}`,
        last_seen_at: `${now}`,
        expires_at: `${alive} + id`,
      },
      'social_links',
    ],
    ['audit_events', { event: "'auth.oauth.sign_in.success'", user_id: 'id', provider: "'oidc'", created_at: date }, 'users'],
    [
      'outbox_messages',
      {
        id: uuid('id'),
        message: "'{}'",
        created_at: `${now}`,
        next_attempt_at: `CASE WHEN id % 100 = 0 THEN ${GIVEN_UP} ELSE ${now} END`,
        locked_until: `CASE WHEN id % 100 = 0 THEN ${now} ELSE NULL END`,
        sent_at: `CASE WHEN id % 100 = 0 THEN NULL ELSE ${now} + id END`,
      },
      'users',
    ],
    ['flows', { id: key('id'), record: "'{}'", expires_at: `${alive} + id` }, 'users'],
    ['sessions', { id: digits('id', 40), record: "'{}'", expires_at: `${alive} + id` }, 'users'],
    [
      'address_proofs',
      {
        slot: key('id'),
        purpose: "CASE WHEN id % 2 = 0 THEN 'sign_up' ELSE 'reset' END",
        token_hash: key('id'),
        user_id: 'id',
        address: email('id'),
        expires_at: `${alive} + id`,
      },
      'users',
    ],
    ['sign_up_invitations', { token_hash: key('id'), expires_at: `${alive} + id` }, 'users'],
  ];
  for (const [table, columns, from] of tables)
    await sequelize.query(
      `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${from}`,
    );
  const filled = tables.map(([table]) => table);
  // SQLite plans without it as well, and nobody runs it there.
  if (kind !== 'sqlite') await sequelize.query(`${kind === 'mariadb' ? 'ANALYZE TABLE' : 'ANALYZE'} ${filled.join(', ')}`);
}
