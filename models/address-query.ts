// Finds whose address this is: by the product's own normal form, whatever the collation of the database or the host's spelling.

import { domainToUnicode } from 'node:url';
import type { Transaction } from 'sequelize';
import { emailKey, isEmailAddress, normalEmail } from '../lib/accounts/keys.js';
import type { User } from '../lib/accounts/types.js';
import { rowReader } from './account-rows.js';
import { type AccountTables, accountSelect } from './account-select.js';
import { keyBytes } from './binary-keys.js';
import { boundList, boundSql, type Raw } from './bound-sql.js';
import { isOtherCharset } from './database-errors.js';
import { dateColumns } from './times.js';

/** How many rows with one address the password door tries; each costs it a verification. */
const MAX_SAME_ADDRESS = 4;

/** The same letters: whether one is composed or not is the keyboard's choice, and nobody sees it. */
const isWritten = (email: string | undefined, address: string) => email?.normalize() === address.normalize();

/** Users who have an address, in the order of the password door. */
export type FindByAddress = (address: string, transaction?: Transaction) => Promise<readonly User[]>;

/** SQLite, and PostgreSQL in its C locale, lower the letters of ASCII alone: capitals of other alphabets stay capitals there. */
const withCapitals = (text: string) => text.replace(/\P{ASCII}/gu, capital);

/** One letter for one: `ß` has a capital of its own. */
function capital(letter: string): string {
  const upper = letter === 'ß' ? 'ẞ' : letter.toUpperCase();
  return [...upper].length === 1 ? upper : letter;
}

/** As people write it: the normal form has one sigma, and their language another at the end of a word. */
const withFinalSigmas = (text: string) => text.replace(/σ(?!\p{L})/gu, 'ς');

const each = (text: string) => [text, withFinalSigmas(text), withCapitals(text)];

/**
 * How a host may have written an address that it keeps as it was typed: candidates for its index, not yet an answer. The text itself
 * first; each is compared with the column, and with its lower case.
 */
function spellingsOf(typed: string): readonly string[] {
  const normal = normalEmail(typed);
  const at = normal.lastIndexOf('@') + 1;
  const domain = normal.slice(at);
  const domains = [domain, ...each(domainToUnicode(domain) || domain)];
  const spellings = each(normal.slice(0, at)).flatMap((local) => domains.map((end) => local + end));
  return [...new Set([typed, ...spellings, ...spellings.map((spelling) => spelling.normalize('NFD'))])];
}

export function createAddressQuery(tables: AccountTables): FindByAddress {
  const { sequelize, users } = tables;
  const { select } = boundSql(sequelize);
  const { toUser } = rowReader(dateColumns(sequelize).parse);
  const { userColumns, users: userTable, joins, column } = accountSelect(tables);
  const USERS = `SELECT ${userColumns} FROM ${userTable} u ${joins}`;
  const OWN = `${USERS} WHERE ${column('emailKey')} = $key`;

  /** Hosts keep addresses as they were typed: the lower case finds every candidate. */
  function hostAddress(address: string, email: string) {
    const { sql, bind } = boundList('spelling', spellingsOf(address));
    return [`${USERS} WHERE ${email} IN (${sql}) OR LOWER(${email}) IN (${sql}) ORDER BY ${column('id')}`, bind] as const;
  }

  async function atHost(address: string, transaction: Transaction | undefined): Promise<readonly Raw[]> {
    const email = column('email');
    try {
      return await select(...hostAddress(address, email), transaction);
    } catch (error) {
      if (!isOtherCharset(error)) throw error;
      // No index helps here, and hardly anybody has such an address at such a column.
      return await select(...hostAddress(address, `CONVERT(${email} USING utf8mb4)`), transaction);
    }
  }

  return async (address, transaction) => {
    if (!isEmailAddress(address)) return [];
    const found = users.ownUsers
      ? await select(OWN, { key: keyBytes(emailKey(address)) }, transaction)
      : await atHost(address, transaction);
    const normal = normalEmail(address);
    const having = found.map(toUser).filter(({ email }) => email !== undefined && normalEmail(email) === normal);
    // Who may not come in, deleted softly say, stands in nobody's way; the sort keeps the order of ids.
    const turn = ({ email, status }: User) => (status === 'active' ? 0 : 2) + (isWritten(email, address) ? 0 : 1);
    return having.sort((one, other) => turn(one) - turn(other)).slice(0, MAX_SAME_ADDRESS);
  };
}
