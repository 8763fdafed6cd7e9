// The common part of every statement that reads a user: the columns of a user, a link and a session, and their tables.

import { DataTypes, type Sequelize } from 'sequelize';
import { keySql } from './binary-keys.js';
import type { Models, Table } from './define-models.js';
import { namespaceOf } from './link-origins.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import { dateColumns } from './times.js';
import type { UserFact, UserMapping } from './user-mapping.js';

export interface AccountTables {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
}

/** Aliases of the tables: `u` users, `g` groups, `k` guard rows, `l` links, `s` sessions; `rowReader` reads the columns by them. */
export interface AccountSelect {
  readonly userColumns: string;
  readonly linkColumns: string;
  readonly sessionColumns: string;
  /** The quoted name of the users' table. */
  readonly users: string;
  readonly links: string;
  readonly sessions: string;
  /** What `userColumns` needs besides `users u`. */
  readonly joins: string;
  /** The quoted column of a fact, of `u`. */
  column(fact: UserFact): string;
}

const FACTS: readonly UserFact[] = [
  'id',
  'email',
  'emailKey',
  'emailVerified',
  'nickname',
  'passwordHash',
  'status',
  'createdAt',
  'avatar',
  'preferredTheme',
  'language',
  'credit',
  'deletedAt',
];

/** How a column of an attribute is selected so that no driver makes something else of it. */
function untouched({ sequelize, models }: Pick<AccountTables, 'sequelize' | 'models'>) {
  const [dates, read, keys] = [dateColumns(sequelize), readable(sequelize), keySql(sequelize)];
  const ours: ReadonlySet<unknown> = new Set(Object.values(models));
  return (model: Table, attribute: string, column: string): string => {
    const type = model.getAttributes()[attribute]?.type as { readonly key?: string } | undefined;
    // Bytes of a host's are the host's to read.
    if (type?.key === DataTypes.BLOB.key && ours.has(model)) return keys.hex(column);
    return type?.key === DataTypes.DATE.key ? dates.select(column) : read.column(model, attribute, column);
  };
}

export function accountSelect({ sequelize, models, users }: AccountTables): AccountSelect {
  const { column: quote, alias, table: tableOf } = quoting(sequelize);
  const expression = untouched({ sequelize, models });
  const expressionOf = (table: string, model: Table, attribute: string, field: string) =>
    model === models.SocialLink && attribute === 'namespace'
      ? namespaceOf(sequelize, models, table)
      : expression(model, attribute, `${table}.${quote(field)}`);
  const all = (table: string, model: Table) =>
    Object.entries(model.getAttributes()).map(
      ([attribute, { field = attribute }]) => `${expressionOf(table, model, attribute, field)} AS ${alias(`${table}_${field}`)}`,
    );
  const facts = FACTS.flatMap((fact) => {
    const [attribute, name] = [users.attribute(fact), users.column(fact)];
    if (attribute === undefined || name === undefined) return [];
    return [`${expression(users.model, attribute, `u.${quote(name)}`)} AS ${alias(`u_${fact}`)}`];
  });
  const guard = users.ownUsers
    ? []
    : [`k.no_password AS ${alias('k_no_password')}`, `${readable(sequelize).number('k.user_created_at')} AS ${alias('k_user_created_at')}`];
  const group = models.Group;
  const column = (fact: UserFact, otherwise = '') => `u.${quote(users.column(fact) ?? otherwise)}`;
  const userId = column('id', 'id');
  const groupJoin = group === undefined ? '' : `LEFT JOIN ${tableOf(group)} g ON g.id = ${column('groupId', 'group_id')}`;
  const guardJoin = users.ownUsers ? '' : `LEFT JOIN ${tableOf(models.SignInGuard)} k ON k.user_id = ${userId}`;
  return {
    userColumns: [...facts, ...(group === undefined ? [] : all('g', group)), ...guard].join(', '),
    linkColumns: all('l', models.SocialLink).join(', '),
    sessionColumns: all('s', models.RefreshToken).join(', '),
    users: tableOf(users.model),
    links: tableOf(models.SocialLink),
    sessions: tableOf(models.RefreshToken),
    joins: `${groupJoin} ${guardJoin}`,
    column: (fact) => (fact === 'id' ? userId : column(fact)),
  };
}
