// Reads users with what hangs on them, one statement each, without building model instances.

import type { Transaction } from 'sequelize';
import type { Session } from '../lib/accounts/session-ports.js';
import { isSuccessor, type Tenure } from '../lib/accounts/successors.js';
import type { Account } from '../lib/accounts/types.js';
import { rowReader, text, toSession } from './account-rows.js';
import { type AccountTables, accountSelect } from './account-select.js';
import { createAddressQuery, type FindByAddress } from './address-query.js';
import { boundSql } from './bound-sql.js';
import { createLinkQuery, type LinkQuery } from './link-query.js';
import { dateColumns } from './times.js';

/** Somebody who got the id of another has neither their links nor their sessions, though they are still stored. */
export interface FoundAccount extends Tenure {
  readonly account: Account;
  readonly session: Session | undefined;
}

export interface AccountQuery extends LinkQuery {
  byId(userId: string, sessionId?: string, transaction?: Transaction): Promise<FoundAccount | undefined>;
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
  const accountSql = (withSession: boolean) => `SELECT ${[userColumns, linkColumns, ...(withSession ? [sessionColumns] : [])].join(', ')}
    FROM ${userTable} u ${joins} LEFT JOIN ${links} l ON l.user_id = ${userId}
    ${withSession ? `LEFT JOIN ${sessions} s ON s.id = $sessionId AND s.user_id = ${userId}` : ''}
    WHERE ${userId} = $userId`;
  const ACCOUNT = accountSql(false);
  const ACCOUNT_AND_SESSION = accountSql(true);
  const STORED_PASSWORD = `SELECT ${column('passwordHash')} AS stored FROM ${userTable} u WHERE ${userId} = $userId`;

  return {
    ...createLinkQuery(tables),
    byAddress: createAddressQuery(tables),
    async byId(id, sessionId, transaction) {
      const key = users.readId(id);
      if (key === undefined) return undefined;
      const [sql, bind] = sessionId === undefined ? [ACCOUNT, { userId: key }] : [ACCOUNT_AND_SESSION, { userId: key, sessionId }];
      const rows = await select(sql, bind, transaction);
      const [first] = rows;
      // A collation may take another's id for this one.
      if (first === undefined || String(first.u_id) !== id) return undefined;
      const [user, tenure] = [toUser(first), tenureOf(first)];
      if (isSuccessor(tenure)) return { account: { user, links: [] }, session: undefined, ...tenure };
      // A handful, which the database would sort in a table made for it.
      const links = rows
        .filter((row) => row.l_id !== null)
        .map(toLink)
        .sort((one, other) => Number(one.id) - Number(other.id));
      const session = first.s_id === null || first.s_id === undefined ? undefined : toSession(first);
      return { account: { user, links }, session, ...tenure };
    },
    async storedPassword(id, transaction) {
      if (users.column('passwordHash') === undefined) return undefined;
      const [row] = await select(STORED_PASSWORD, { userId: users.readId(id) }, transaction);
      return text(row?.stored);
    },
  };
}
