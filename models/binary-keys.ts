// Keys of identities and addresses as stored in the database: the 32 bytes of a hash, which no collation affects.

import type { Sequelize } from 'sequelize';

type Dialect = 'mysql' | 'postgres' | 'sqlite';

/** @param hex 64 hex digits */
export const keyBytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

export interface KeySql {
  /** The type of such a column. */
  readonly type: string;
  /** An expression for the bytes of 64 hex digits. */
  bytes(hex: string): string;
  /** An expression for its hex digits, which every driver reads alike, however it is set. */
  hex(bytes: string): string;
}

const BY_DIALECT: Readonly<Record<Dialect, KeySql>> = {
  mysql: { type: 'BINARY(32)', bytes: (hex) => `UNHEX(${hex})`, hex: (bytes) => `LOWER(HEX(${bytes}))` },
  postgres: { type: 'BYTEA', bytes: (hex) => `decode(${hex}, 'hex')`, hex: (bytes) => `encode(${bytes}, 'hex')` },
  sqlite: { type: 'BLOB', bytes: (hex) => `UNHEX(${hex})`, hex: (bytes) => `LOWER(HEX(${bytes}))` },
};

export const keySql = (sequelize: Sequelize): KeySql => BY_DIALECT[sequelize.getDialect() as Dialect];
