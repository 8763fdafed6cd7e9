// Many people before the first one comes: what one of them left in the tables, over and over by SQL, with keys of their own.

import type { Place } from './databases.js';
import { DIALECTS, type Dialect } from './fill-dialects.js';
import { callback } from './manners.js';
import type { SystemName } from './options.js';
import type { System } from './system.js';

/** Where nobody counts yet. */
const FIRST = 1000;
const SLICE = 100_000;

type Table = Readonly<Record<string, (dialect: Dialect, n: string) => string>>;

const number = (_: Dialect, n: string) => n;
/** Ids of audit rows may begin at a million. */
const beyondOurs = (_: Dialect, n: string) => `${n} + 10000000`;
const text = (prefix: string) => (dialect: Dialect, n: string) => dialect.concat(`'${prefix}'`, n);
const email = (dialect: Dialect, n: string) => dialect.concat("'person-'", n, "'@filled.test'");
const hashOf =
  (...parts: readonly ((dialect: Dialect, n: string) => string)[]) =>
  (dialect: Dialect, n: string) =>
    dialect.sha256(dialect.concat(...parts.map((part) => part(dialect, n))));
const subject = text('filled-');

/** What is another's in each row; everything else is as in the row that is copied. */
const TABLES: Readonly<Record<SystemName, Readonly<Record<string, Table>>>> = {
  latchkey: {
    users: { id: number, email, email_hash: hashOf(email) },
    sign_in_guards: { user_id: number },
    social_links: {
      id: number,
      user_id: number,
      subject,
      email,
      identity_hash: hashOf(
        () => 'template.provider',
        () => "'\n'",
        subject,
      ),
    },
    refresh_tokens: { id: (dialect) => dialect.uuid, user_id: number, link_id: number },
    audit_events: { id: beyondOurs, user_id: number, correlation_id: (dialect) => dialect.uuid },
  },
  'better-auth': {
    user: { id: text('filled-user-'), email },
    account: { id: text('filled-account-'), userId: text('filled-user-'), accountId: subject },
    session: { id: text('filled-session-'), userId: text('filled-user-'), token: text('filled-token-') },
  },
  floor: {
    users: { id: number, email },
    links: { id: number, user_id: number, identity: hashOf(subject) },
  },
};

async function signSomebodyUp(system: System): Promise<void> {
  const visitor = system.visitor('template');
  await system.manners.begin(visitor, 'one');
  await visitor.approve();
  await callback(visitor);
}

async function fillTable(place: Place, name: string, changed: Table, count: number): Promise<void> {
  const dialect = DIALECTS[place.kind];
  const columns = await dialect.columns(place, name);
  const binary = new Set(columns.filter(({ isBinary }) => isBinary).map((column) => column.name));
  const quoted = (column: string) => dialect.quote(column);
  const filledWith = (column: string) => {
    const change = changed[column];
    if (change === undefined) return `template.${quoted(column)}`;
    const value = change(dialect, 'n.n');
    return binary.has(column) || !value.startsWith(dialect.hash) ? value : dialect.hex(value);
  };
  const names = columns.map((column) => column.name);
  const into = `INSERT INTO ${quoted(name)} (${names.map(quoted).join(', ')})`;
  const template = `(SELECT * FROM ${quoted(name)} ORDER BY 1 LIMIT 1)`;
  for (let from = FIRST; from < FIRST + count; from += SLICE) {
    const numbers = dialect.numbers(from, Math.min(from + SLICE, FIRST + count) - 1);
    await place.change([...dialect.before, `${into} SELECT ${names.map(filledWith).join(', ')} FROM ${numbers} n, ${template} template`]);
  }
  await place.change(dialect.after(name, names.includes('id') && changed.id === number));
}

/** So many users with a link each, and what a sign-up leaves besides. */
export async function fill(system: System, count: number): Promise<void> {
  await signSomebodyUp(system);
  for (const [name, changed] of Object.entries(TABLES[system.name])) await fillTable(system.place, name, changed, count);
}
