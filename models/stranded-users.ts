// How many users have no way in that works, counted in slices of the table: no statement takes long, whatever the table's size.

import { createHash } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import type { Acceptance } from '../lib/accounts/acceptance.js';
import { type Bind, boundList, boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { namespaceOf } from './link-origins.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import type { Transactions } from './transactions.js';
import type { UserMapping } from './user-mapping.js';

export interface StrandedOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
  readonly transactions: Transactions;
  readonly passwordSignIn: boolean;
  /** A link in a mail to a proven address counts as a way in. */
  readonly recoveryCounts: boolean;
  /** What lets somebody in, by provider. */
  readonly acceptances: ReadonlyMap<string, Acceptance>;
  /** Users of one statement. Default 1000. */
  readonly perSlice?: number;
}

/** What is known of the users up to one. */
export interface StrandedSlice {
  /** The id of the last user that was looked at; undefined at the end of the table. */
  readonly to: string | undefined;
  /** How many were looked at, at most. */
  readonly looked: number;
  /** Users without a link that one of the providers accepts and without a password that can be used. */
  readonly stranded: number;
  /** By provider: users whose only way in is a link to it. */
  readonly onlyBy: ReadonlyMap<string, number>;
}

/** Sign-in methods of the host's own are not seen. */
export interface StrandedUsers {
  /** Another one whenever something else counts: providers, whom they accept, passwords, columns. 64 hex digits. */
  readonly digest: string;
  /** Looks at no row. @throws what the database says of a table or column that is missing */
  assertReadable(): Promise<void>;
  /** The users after this one, in the order of their ids; undefined: from the first one on. */
  slice(after: string | undefined): Promise<StrandedSlice>;
}

interface Condition {
  readonly sql: string;
  readonly bind: Bind;
}

/** What `accepts` says of a link `l`, as a condition of a statement; where it does not know, the link may be a way in. */
function acceptedBy(origin: string, provider: string, { namespaces, hostedDomain }: Acceptance, index: number): Condition {
  const list = boundList(`namespace${index}_`, namespaces);
  const domain = hostedDomain === undefined ? '' : `AND (l.hosted_domain IS NULL OR l.hosted_domain = $domain${index})`;
  return {
    sql: `(l.provider = $provider${index} AND COALESCE(${origin}, $namespace${index}_0) IN (${list.sql}) ${domain})`,
    bind: { ...list.bind, [`provider${index}`]: provider, ...(hostedDomain === undefined ? {} : { [`domain${index}`]: hostedDomain }) },
  };
}

export function strandedUsers(options: StrandedOptions): StrandedUsers {
  const { sequelize, models, users, transactions, passwordSignIn, recoveryCounts, acceptances, perSlice = 1000 } = options;
  const { select } = boundSql(sequelize);
  const { column: quote, table } = quoting(sequelize);
  const read = readable(sequelize);
  const [yes, no] = sequelize.getDialect() === 'postgres' ? ['TRUE', 'FALSE'] : ['1', '0'];
  const column = (fact: Parameters<UserMapping['column']>[0]) => {
    const name = users.column(fact);
    return name === undefined ? undefined : `u.${quote(name)}`;
  };
  const id = column('id') ?? `u.${quote('id')}`;
  const [email, hash, status, verified] = [column('email'), column('passwordHash'), column('status'), column('emailVerified')];
  const password =
    passwordSignIn && email !== undefined && hash !== undefined
      ? `AND NOT (${hash} IS NOT NULL AND ${hash} <> '' AND ${email} IS NOT NULL)`
      : '';
  // A sign-up whose address is not proven is nobody's, and so nobody's to be stranded.
  const somebodys = status === undefined || verified === undefined ? '' : `AND NOT (${status} = 'inactive' AND ${verified} = ${no})`;
  const recovery =
    recoveryCounts && verified !== undefined && email !== undefined ? `AND NOT (${verified} = ${yes} AND ${email} IS NOT NULL)` : '';
  const accepted = [...acceptances]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([provider, acceptance], index) => acceptedBy(namespaceOf(sequelize, models, 'l'), provider, acceptance, index));
  const isAccepted = accepted.length === 0 ? '1 = 0' : accepted.map(({ sql }) => sql).join(' OR ');
  const acceptedBind: Bind = Object.assign({}, ...accepted.map(({ bind }) => bind));

  const userTable = table(users.model);
  /** A user has one link of each provider at most. */
  const fewWays = (range: string) => `SELECT w.provider, ${read.number('COUNT(*)')} AS users FROM
    (SELECT MIN(l.provider) AS provider FROM ${userTable} u LEFT JOIN ${table(models.SocialLink)} l ON l.user_id = ${id} AND (${isAccepted})
    WHERE ${range} ${somebodys} ${password} ${recovery} GROUP BY ${id} HAVING COUNT(l.id) <= 1) w GROUP BY w.provider`;
  const idText = read.column(users.model, users.attribute('id') ?? 'id', id);
  const lastOf = (range: string) =>
    `SELECT ${idText} AS id FROM ${userTable} u WHERE ${range} ORDER BY ${id} LIMIT 1 OFFSET ${perSlice - 1}`;

  /** As it is bound: a text that is no id of that type was never given. */
  const keyOf = (text: string) => {
    const key = users.readId(text);
    if (key === undefined) throw new TypeError('Expected the id of a user');
    return key;
  };

  return {
    digest: createHash('sha256')
      .update(JSON.stringify([fewWays(''), acceptedBind]))
      .digest('hex'),
    async assertReadable() {
      await transactions.read(() => select(fewWays('1 = 0'), acceptedBind));
    },
    async slice(after) {
      const from: Condition = after === undefined ? { sql: '1 = 1', bind: {} } : { sql: `${id} > $after`, bind: { after: keyOf(after) } };
      const [last] = await transactions.read(() => select(lastOf(from.sql), from.bind));
      const to = last === undefined ? undefined : String(last.id);
      const until: Condition = to === undefined ? { sql: '', bind: {} } : { sql: `AND ${id} <= $to`, bind: { to: keyOf(to) } };
      const bind = { ...acceptedBind, ...from.bind, ...until.bind };
      const rows = await transactions.read(() => select(fewWays(`${from.sql} ${until.sql}`), bind));
      const counts = new Map(rows.map(({ provider, users: count }) => [provider === null ? null : String(provider), Number(count)]));
      const stranded = counts.get(null) ?? 0;
      counts.delete(null);
      return { to, looked: perSlice, stranded, onlyBy: counts as ReadonlyMap<string, number> };
    },
  };
}
