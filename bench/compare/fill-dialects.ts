// How each database spells what a filling needs.

import type { Place } from './databases.js';
import type { DatabaseName } from './options.js';

export interface Column {
  readonly name: string;
  readonly isBinary: boolean;
}

export interface Dialect {
  quote(name: string): string;
  concat(...parts: readonly string[]): string;
  /** 32 bytes. */
  sha256(text: string): string;
  /** What such an expression begins with. */
  readonly hash: string;
  hex(bytes: string): string;
  readonly uuid: string;
  /** A table with one column, `n`. */
  numbers(from: number, to: number): string;
  columns(place: Place, table: string): Promise<readonly Column[]>;
  /** On the same connection, before each filling. */
  readonly before: readonly string[];
  /** Once a table is full: what plans are made by, and where it counts on. */
  after(table: string, counts: boolean): readonly string[];
}

const isBinary = (type: unknown) => /binary|bytea|blob/i.test(String(type));

const described = (sql: (table: string) => string) => async (place: Place, table: string) =>
  (await place.run(sql(table))).map(({ name, type }) => ({ name: String(name), isBinary: isBinary(type) }));

const mariadb: Dialect = {
  quote: (name) => `\`${name}\``,
  concat: (...parts) => `CONCAT(${parts.join(', ')})`,
  sha256: (text) => `UNHEX(SHA2(${text}, 256))`,
  hash: 'UNHEX(SHA2(',
  hex: (bytes) => `LOWER(HEX(${bytes}))`,
  uuid: 'UUID()',
  numbers: (from, to) => `(SELECT seq AS n FROM seq_${from}_to_${to})`,
  columns: described(
    (table) =>
      `SELECT COLUMN_NAME AS name, DATA_TYPE AS type FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' ORDER BY ORDINAL_POSITION`,
  ),
  before: ['SET foreign_key_checks = 0, unique_checks = 0'],
  after: (table) => [`ANALYZE TABLE \`${table}\``],
};

const postgres: Dialect = {
  quote: (name) => `"${name}"`,
  concat: (...parts) => `concat(${parts.join(', ')})`,
  sha256: (text) => `sha256(convert_to(${text}, 'UTF8'))`,
  hash: 'sha256(',
  hex: (bytes) => `encode(${bytes}, 'hex')`,
  uuid: 'gen_random_uuid()::text',
  numbers: (from, to) => `(SELECT generate_series(${from}, ${to}) AS n)`,
  columns: described(
    (table) =>
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '${table}' ORDER BY ordinal_position`,
  ),
  before: [],
  after: (table, counts) => [
    ...(counts ? [`SELECT setval(pg_get_serial_sequence('"${table}"', 'id'), (SELECT MAX(id) FROM "${table}"))`] : []),
    `VACUUM ANALYZE "${table}"`,
  ],
};

const sqlite: Dialect = {
  quote: (name) => `"${name}"`,
  concat: (...parts) => `(${parts.join(' || ')})`,
  sha256: (text) => `sha256(${text})`,
  hash: 'sha256(',
  hex: (bytes) => `lower(hex(${bytes}))`,
  uuid: 'uuid()',
  numbers: (from, to) => `(WITH RECURSIVE c(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM c WHERE n < ${to}) SELECT n FROM c)`,
  columns: described((table) => `SELECT name, type FROM pragma_table_info('${table}')`),
  before: [],
  after: () => [],
};

export const DIALECTS: Readonly<Record<DatabaseName, Dialect>> = { mariadb, postgres, sqlite };
