// Turns a database's error at the start into one sentence that says what to do.

/** By the code of a driver. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    'the database does not answer: start it, or correct host and port in its address (DATABASE_URL)',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, "the database's host name is not known: correct the host in its address (DATABASE_URL)"],
  [/^(?:ER_ACCESS_DENIED_ERROR|28P01|28000)$/, 'the database refuses this user or password: correct them in its address (DATABASE_URL)'],
  [
    /^(?:ER_BAD_DB_ERROR|3D000)$/,
    'the database server has no database of this name: create it, or correct the name in its address (DATABASE_URL)',
  ],
  [/^(?:ER_DBACCESS_DENIED_ERROR|42501)$/, 'the database does not let this user in: grant the user rights on the database'],
  [/^SQLITE_CANTOPEN$/, 'the database file cannot be opened: correct its path (DATABASE_URL), or the rights on its folder'],
  [/^SQLITE_NOTADB$/, 'the database file is not an SQLite database: correct its path (DATABASE_URL)'],
];

/** SQLite has one code for both. */
const MISSING_CODES = /^(?:ER_NO_SUCH_TABLE|ER_BAD_FIELD_ERROR|42P01|42703)$/;
const MISSING_WORDS = /no such (?:table|column)/;

/** An error and what caused it, outermost first. */
export function* errorChain(error: unknown): Generator<Error> {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth += 1) {
    yield at;
    at = at.cause ?? (at as { readonly parent?: unknown }).parent ?? (at as { readonly original?: unknown }).original;
  }
}

/** Names which one it is: as the driver says it, without a value of anybody's. */
function missing({ message }: Error): string {
  const [line = ''] = message.replace(/^SQLITE_ERROR: /, '').split('\n');
  return `a table or column is missing (${line.slice(0, 200)}): run \`latchkey migrate\` first; if it is missing in your own users table, add it, or correct its name in \`users\``;
}

/** The sentence; undefined for what no database says. */
export function databaseFault(error: unknown): string | undefined {
  for (const each of errorChain(error)) {
    const code = 'code' in each ? String(each.code) : '';
    if (MISSING_CODES.test(code) || MISSING_WORDS.test(each.message)) return missing(each);
    const known = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
    if (known !== undefined) return known;
  }
  return undefined;
}

/** What keeps a host from starting on its database; `cause` is what was said. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}

/** @throws StartFault where the database refuses with a code we know, else whatever `work` throws */
export async function startingOnDatabase(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const sentence = databaseFault(cause);
    throw sentence === undefined ? cause : new StartFault(sentence, { cause });
  }
}
