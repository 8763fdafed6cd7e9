// Links that an app imports from elsewhere: which rows can be links at all, and what becomes of each.

import { identityKey, isEmailAddress } from './keys.js';
import type { Identity } from './types.js';

/** One link to import. */
export interface LinkRow {
  /** The id in the users table here. */
  readonly userId: string | number;
  /** The id of a configured provider. */
  readonly provider: string;
  /** The provider's own id for the person: `sub`, Google's numeric id, … */
  readonly subject: string;
  /** The address at the provider, for display only. */
  readonly email?: string | null | undefined;
  /** Default: now. */
  readonly linkedAt?: Date | string | number | null | undefined;
}

/** Why a row did not become a link. */
export type ImportReason =
  /** It is not an object with `userId`, `provider` and `subject`. */
  | 'bad_row'
  /** Not 1 to 255 printable ASCII characters. */
  | 'bad_subject'
  | 'bad_email'
  | 'bad_date'
  | 'unknown_provider'
  | 'unknown_user'
  /** Another user has it. */
  | 'identity_taken'
  /** The user is linked to another identity of that provider. */
  | 'other_link';

export interface ImportConflict {
  /** The row as it was given. */
  readonly row: unknown;
  readonly reason: ImportReason;
}

export interface ImportOutcome {
  readonly created: number;
  /** How many links existed already. */
  readonly unchanged: number;
  readonly conflicts: readonly ImportConflict[];
}

/** A row that could be a link. */
export interface ReadRow {
  readonly row: unknown;
  readonly userId: string;
  readonly identity: Identity;
  readonly key: string;
  readonly email: string | undefined;
  readonly linkedAt: Date;
}

/** The namespace of each configured provider's subjects; undefined where only a sign-in tells which. */
export type Namespaces = ReadonlyMap<string, string | undefined>;

/** A provider gives no other subject (`id-token-rules.ts`). */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;
/** ISO 8601, or milliseconds since 1970 where it is a number. */
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| ?[+-]\d\d(?::?\d\d)?)?)?$/;

const isAbsent = (value: unknown) => value === undefined || value === null || value === '';

function dateOf(value: unknown, now: Date): Date | undefined {
  if (isAbsent(value)) return now;
  const isReadable = value instanceof Date || typeof value === 'number' || (typeof value === 'string' && DATE.test(value));
  const date = isReadable ? new Date(value) : new Date(Number.NaN);
  return date.getTime() > 0 && date.getTime() <= now.getTime() + 24 * 60 * 60 * 1000 ? date : undefined;
}

/** What can be said of a row without the database. */
export function readRow(row: unknown, namespaces: Namespaces, now: Date): ReadRow | ImportReason {
  if (typeof row !== 'object' || row === null) return 'bad_row';
  const { userId, provider, subject, email, linkedAt } = row as Partial<Record<keyof LinkRow, unknown>>;
  const id = typeof userId === 'number' && Number.isFinite(userId) ? String(userId) : userId;
  if (typeof id !== 'string' || id === '' || typeof provider !== 'string' || typeof subject !== 'string') return 'bad_row';
  if (!namespaces.has(provider)) return 'unknown_provider';
  if (!SUBJECT.test(subject)) return 'bad_subject';
  if (!isAbsent(email) && (typeof email !== 'string' || !isEmailAddress(email))) return 'bad_email';
  const date = dateOf(linkedAt, now);
  if (date === undefined) return 'bad_date';
  const identity = { provider, namespace: namespaces.get(provider), subject };
  return { row, userId: id, identity, key: identityKey(identity), email: isAbsent(email) ? undefined : String(email), linkedAt: date };
}
