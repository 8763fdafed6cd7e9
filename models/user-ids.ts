// Ids of users, read by the type of their column and never coerced: to MySQL the text `1 OR 1=1` is the number 1.

import type { DataType } from 'sequelize';
import { LatchkeyError } from '../lib/accounts/errors.js';

/** As it is bound: a number as far as JavaScript has it exactly. */
export type UserKey = string | number;

/** Undefined for a text that is no id of that type, and so nobody's. */
export type ReadUserId = (id: string) => UserKey | undefined;

/** @throws LatchkeyError `unauthenticated` for what is nobody's id */
export function requiredKey(readId: ReadUserId, userId: string): UserKey {
  const key = readId(userId);
  if (key === undefined) throw new LatchkeyError('unauthenticated');
  return key;
}

/** The highest of each type that no database refuses; a host on MySQL may have unsigned ones. */
const HIGHEST: Readonly<Record<string, bigint>> = {
  TINYINT: 255n,
  SMALLINT: 65_535n,
  MEDIUMINT: 16_777_215n,
  INTEGER: 4_294_967_295n,
  BIGINT: 18_446_744_073_709_551_615n,
};
/** PostgreSQL knows no unsigned types, and fails where a number is out of range. */
const HIGHEST_SIGNED: Readonly<Record<string, bigint>> = { SMALLINT: 32_767n, INTEGER: 2_147_483_647n, BIGINT: 9_223_372_036_854_775_807n };

const WHOLE = /^(?:0|-?[1-9]\d{0,19})$/;
const DECIMAL = /^-?\d{1,60}(?:\.\d{1,30})?$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

function readWhole(highest: bigint): ReadUserId {
  return (id) => {
    if (!WHOLE.test(id)) return undefined;
    const value = BigInt(id);
    if (value > highest || value < -highest) return undefined;
    return Number.isSafeInteger(Number(id)) ? Number(id) : id;
  };
}

const keyOf = (type: DataType) => (typeof type === 'string' ? type : String((type as { readonly key?: string }).key)).toUpperCase();

/** PostgreSQL takes no NUL in a text, and half a surrogate pair is no text to any of them. */
const readText: ReadUserId = (id) => (/[\0\p{Cs}]/u.test(id) ? undefined : id);

/** @param type of the column that users are found by. @param dialect Sequelize's name of the database */
export function readUserIds(type: DataType, dialect: string): ReadUserId {
  const key = keyOf(type);
  const highest = (dialect === 'postgres' ? HIGHEST_SIGNED : HIGHEST)[key];
  if (highest !== undefined) return readWhole(highest);
  if (['DECIMAL', 'NUMBER', 'FLOAT', 'REAL', 'DOUBLE PRECISION'].includes(key)) return (id) => (DECIMAL.test(id) ? id : undefined);
  if (key.startsWith('UUID')) return (id) => (UUID.test(id) ? id : undefined);
  return readText;
}
