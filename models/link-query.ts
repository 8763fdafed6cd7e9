// Finds links by identity, with the user who has one.

import type { Transaction } from 'sequelize';
import { identityKey, subjectKey } from '../lib/accounts/keys.js';
import type { Tenure } from '../lib/accounts/successors.js';
import type { Identity, SocialLink, User } from '../lib/accounts/types.js';
import { rowReader, text } from './account-rows.js';
import { type AccountTables, accountSelect } from './account-select.js';
import { keyBytes } from './binary-keys.js';
import { type Bind, boundSql, type Raw } from './bound-sql.js';
import { namespaceOf } from './link-origins.js';
import { readable } from './readable.js';
import { dateColumns } from './times.js';

export interface FoundLink extends Tenure {
  readonly user: User;
  readonly link: SocialLink;
}

export interface LinkQuery {
  byIdentity(identity: Identity): Promise<FoundLink | undefined>;
  /** Whose link the identity is. */
  holderOf(identity: Identity, transaction: Transaction): Promise<string | undefined>;
  /** An expression for any statement: the id of the user who has the identity. */
  readonly holder: { readonly sql: string; bind(identity: Identity): Bind };
  /** A host may delete a user without a word: their link is nobody's, and must not keep the person out. */
  forgetOrphan(identity: Identity, transaction: Transaction): Promise<void>;
}

/** Of two at most, the one that is known by its namespace. */
const exactFirst = (rows: readonly Raw[], { key }: { readonly key: Buffer }) =>
  rows.find((row) => String(row.l_identity_hash) === key.toString('hex')) ?? rows[0];

const keysOf = (identity: Identity) => ({
  key: keyBytes(identityKey(identity)),
  subjectKey: keyBytes(subjectKey(identity)),
  namespace: identity.namespace ?? null,
});

export function createLinkQuery(tables: AccountTables): LinkQuery {
  const { select, write } = boundSql(tables.sequelize);
  const { toUser, toLink, tenureOf } = rowReader(dateColumns(tables.sequelize).parse);
  const { userColumns, linkColumns, users, links, joins, column } = accountSelect(tables);
  const userId = column('id');
  const ofNamespace = (table: string) => `COALESCE(${namespaceOf(tables.sequelize, tables.models, table)}, $namespace) = $namespace`;
  /** Links of before the namespace was kept are found by the subject alone, unless they are known to be of another namespace. */
  const ofIdentity = (table: string) =>
    `${table}.identity_hash IN ($key, $subjectKey) AND (${table}.identity_hash = $key OR ${ofNamespace(table)})`;
  const BY_IDENTITY = `SELECT ${userColumns}, ${linkColumns} FROM ${links} l JOIN ${users} u ON ${userId} = l.user_id ${joins} WHERE ${ofIdentity('l')}`;
  const owner = readable(tables.sequelize).column(tables.models.SocialLink, 'userId', 't.user_id');
  // Each by the unique index; the one that is known by its namespace first.
  const holderBy = (condition: string) => `(SELECT ${owner} FROM ${links} t JOIN ${users} u ON ${userId} = t.user_id WHERE ${condition})`;
  const HOLDER = `COALESCE(${holderBy('t.identity_hash = $key')}, ${holderBy(`t.identity_hash = $subjectKey AND ${ofNamespace('t')}`)})`;
  const FORGET_ORPHAN = `DELETE FROM ${links} WHERE ${ofIdentity(links)} AND NOT EXISTS (SELECT 1 FROM ${users} u WHERE ${userId} = ${links}.user_id)`;

  return {
    holder: { sql: HOLDER, bind: keysOf },
    async byIdentity(identity) {
      const keys = keysOf(identity);
      const row = exactFirst(await select(BY_IDENTITY, keys), keys);
      return row === undefined ? undefined : { user: toUser(row), link: toLink(row), ...tenureOf(row) };
    },
    async holderOf(identity, transaction) {
      const [row] = await select(`SELECT ${HOLDER} AS holder`, keysOf(identity), transaction);
      return text(row?.holder);
    },
    async forgetOrphan(identity, transaction) {
      await write(FORGET_ORPHAN, keysOf(identity), transaction);
    },
  };
}
