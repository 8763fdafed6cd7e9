// Reads users with their links and sessions, one statement each, without building model instances.

import type { Transaction } from 'sequelize';
import type { ReadWithUser } from '../lib/accounts/ports.js';
import type { Session } from '../lib/accounts/session-ports.js';
import { isSuccessor, type Tenure } from '../lib/accounts/successors.js';
import type { Account } from '../lib/accounts/types.js';
import { rowReader, text, toSession } from './account-rows.js';
import { type AccountTables, accountSelect } from './account-select.js';
import { createAddressQuery, type FindByAddress } from './address-query.js';
import { type Bind, boundSql } from './bound-sql.js';
import { createLinkQuery, type LinkQuery } from './link-query.js';
import { dateColumns } from './times.js';

/** Somebody who got the id of another has neither their links nor their sessions, though they are still stored. */
export interface FoundAccount extends Tenure {
  readonly account: Account;
  readonly session: Session | undefined;
  /** Whose link the identity is that was asked for. */
  readonly holder: string | undefined;
}

export interface AccountQuery extends LinkQuery {
  byId(userId: string, asked?: ReadWithUser, transaction?: Transaction): Promise<FoundAccount | undefined>;
  readonly byAddress: FindByAddress;
  /** What is stored in the column of the password hash, whatever it stands for. */
  storedPassword(userId: string, transaction: Transaction): Promise<string | undefined>;
}

export function createAccountQuery(tables: AccountTables): AccountQuery {
  const { sequelize, users } = tables;
  const { select } = boundSql(sequelize);
  const { toUser, toLink, tenureOf } = rowReader(dateColumns(sequelize).parse);
  const { userColumns, linkColumns, sessionColumns, users: userTable, links, sessions, joins, column } = accountSelect(tables);
  const userId = column('id');
  const linkQuery = createLinkQuery(tables);
  const accountSql = (...besides: readonly string[]) => `SELECT ${[userColumns, linkColumns, ...besides].join(', ')}
    FROM ${userTable} u ${joins} LEFT JOIN ${links} l ON l.user_id = ${userId}
    ${besides.length === 0 ? '' : `LEFT JOIN ${sessions} s ON s.id = $sessionId AND s.user_id = ${userId}`}
    WHERE ${userId} = $userId`;
  const ACCOUNT = accountSql();
  const WITH_SESSION = accountSql(sessionColumns);
  const WITH_HOLDER = accountSql(sessionColumns, `${linkQuery.holder.sql} AS holder`);

  /** The least that answers what is asked: a session that is not asked for is none. */
  function statementFor({ sessionId, identity }: ReadWithUser): readonly [string, Bind] {
    if (identity !== undefined) return [WITH_HOLDER, { sessionId: sessionId ?? null, ...linkQuery.holder.bind(identity) }];
    return sessionId === undefined ? [ACCOUNT, {}] : [WITH_SESSION, { sessionId }];
  }

  const STORED_PASSWORD = `SELECT ${column('passwordHash')} AS stored FROM ${userTable} u WHERE ${userId} = $userId`;

  return {
    ...linkQuery,
    byAddress: createAddressQuery(tables),
    async byId(id, asked = {}, transaction) {
      const key = users.readId(id);
      if (key === undefined) return undefined;
      const [sql, bind] = statementFor(asked);
      const rows = await select(sql, { ...bind, userId: key }, transaction);
      const [first] = rows;
      // A collation may take another's id for this one.
      if (first === undefined || String(first.u_id) !== id) return undefined;
      const [user, tenure, holder] = [toUser(first), tenureOf(first), text(first.holder)];
      if (isSuccessor(tenure)) return { account: { user, links: [] }, session: undefined, holder, ...tenure };
      // A handful, which the database would sort in a table made for it.
      const links = rows
        .filter((row) => row.l_id !== null)
        .map(toLink)
        .sort((one, other) => Number(one.id) - Number(other.id));
      const session = first.s_id === null || first.s_id === undefined ? undefined : toSession(first);
      return { account: { user, links }, session, holder, ...tenure };
    },
    async storedPassword(id, transaction) {
      if (users.column('passwordHash') === undefined) return undefined;
      const [row] = await select(STORED_PASSWORD, { userId: users.readId(id) }, transaction);
      return text(row?.stored);
    },
  };
}
