// A thrown error as one sentence with what to do about it, and never a stack.

import { LatchkeyError } from '../../accounts/errors.js';
import { ConfigurationError } from '../../support/configuration-error.js';
import { Refusal } from './command.js';

const START = 'the database';

/** By the code of a driver. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, `${START} does not answer: start it, or mend host and port in DATABASE_URL`],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, `${START}'s host name is not known: mend the host in DATABASE_URL`],
  [/^(?:ER_ACCESS_DENIED_ERROR|28P01|28000)$/, `${START} refuses this user or password: mend them in DATABASE_URL`],
  [/^(?:ER_BAD_DB_ERROR|3D000)$/, `${START} server has no database of this name: create it, or mend the name in DATABASE_URL`],
  [/^(?:ER_DBACCESS_DENIED_ERROR|42501)$/, `${START} lets this user not in there: grant it the rights on the database`],
  [/^(?:ER_NO_SUCH_TABLE|ER_BAD_FIELD_ERROR|42P01|42703)$/, 'a table or column is missing: run `latchkey migrate` first'],
  [/^SQLITE_CANTOPEN$/, `${START} file cannot be opened: mend the path in DATABASE_URL, or the rights on its folder`],
  [/^SQLITE_NOTADB$/, `${START} file is no SQLite database: mend the path in DATABASE_URL`],
  [/^(?:MODULE_NOT_FOUND|ERR_MODULE_NOT_FOUND)$/, 'a module of the configuration is not installed: run `npm install` in the app'],
];

/** SQLite has one code for both. */
const MISSING = /no such (?:table|column)/;

function* chain(error: unknown): Generator<Error> {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth += 1) {
    yield at;
    at = at.cause ?? (at as { readonly parent?: unknown }).parent ?? (at as { readonly original?: unknown }).original;
  }
}

/** What an operator reads: our own words where we have any, else the first line of the error's. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof Refusal) return error.message;
  for (const each of chain(error)) {
    const code = 'code' in each ? String(each.code) : '';
    const known = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
    if (known !== undefined) return `latchkey: ${known}`;
    if (MISSING.test(each.message)) return 'latchkey: a table or column is missing: run `latchkey migrate` first';
  }
  if (error instanceof LatchkeyError) return `latchkey: ${error.message}`;
  const [line = 'failed'] = error instanceof Error ? error.message.split('\n') : [];
  return `latchkey: ${line.slice(0, 500)}`;
}
