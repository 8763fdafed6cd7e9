// How many users have no way in that works: asked at start-up, and before a provider is switched off.

import type { Sequelize } from 'sequelize';
import type { Acceptance } from '../lib/accounts/acceptance.js';
import { type Bind, boundList, boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import type { UserMapping } from './user-mapping.js';

export interface StrandedOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
  readonly passwordSignIn: boolean;
  /** A link in a mail to a proven address counts as a way in. */
  readonly recoveryCounts: boolean;
}

const TRUE = (sequelize: Sequelize) => (sequelize.getDialect() === 'postgres' ? 'TRUE' : '1');
const FALSE = (sequelize: Sequelize) => (sequelize.getDialect() === 'postgres' ? 'FALSE' : '0');

interface Condition {
  readonly sql: string;
  readonly bind: Bind;
}

/** What `accepts` says of a link `l`, as a condition of a statement; where it does not know, the link may be a way in. */
function acceptedBy(provider: string, { namespaces, hostedDomain }: Acceptance, index: number): Condition {
  const list = boundList(`namespace${index}_`, namespaces);
  const domain = hostedDomain === undefined ? '' : `AND (l.hosted_domain IS NULL OR l.hosted_domain = $domain${index})`;
  return {
    sql: `(l.provider = $provider${index} AND (l.namespace IS NULL OR l.namespace IN (${list.sql})) ${domain})`,
    bind: { ...list.bind, [`provider${index}`]: provider, ...(hostedDomain === undefined ? {} : { [`domain${index}`]: hostedDomain }) },
  };
}

/**
 * Counts users without a link that one of the providers accepts and without a password that can be used. Sign-in methods of
 * the host's own are not seen.
 */
export async function countStranded(
  { sequelize, models, users, passwordSignIn, recoveryCounts }: StrandedOptions,
  acceptances: ReadonlyMap<string, Acceptance>,
): Promise<number> {
  const { column: quote, table } = quoting(sequelize);
  const [id, email, hash] = [users.column('id') ?? 'id', users.column('email'), users.column('passwordHash')];
  const password =
    passwordSignIn && email !== undefined && hash !== undefined
      ? `AND NOT (u.${quote(hash)} IS NOT NULL AND u.${quote(hash)} <> '' AND u.${quote(email)} IS NOT NULL)`
      : '';
  const [status, verified] = [users.column('status'), users.column('emailVerified')];
  // A sign-up whose address is not proven is nobody's, and so nobody's to be stranded.
  const somebodys =
    status === undefined || verified === undefined
      ? ''
      : `AND NOT (u.${quote(status)} = 'inactive' AND u.${quote(verified)} = ${FALSE(sequelize)})`;
  const recovery =
    recoveryCounts && verified !== undefined && email !== undefined
      ? `AND NOT (u.${quote(verified)} = ${TRUE(sequelize)} AND u.${quote(email)} IS NOT NULL)`
      : '';
  const accepted = [...acceptances].map(([provider, acceptance], index) => acceptedBy(provider, acceptance, index));
  const anyAccepted = accepted.map(({ sql }) => sql).join(' OR ');
  const link =
    accepted.length === 0
      ? ''
      : `AND NOT EXISTS (SELECT 1 FROM ${table(models.SocialLink)} l WHERE l.user_id = u.${quote(id)} AND (${anyAccepted}))`;
  const [row] = await boundSql(sequelize).select<{ stranded: number | string }>(
    `SELECT ${readable(sequelize).number('COUNT(*)')} AS stranded FROM ${table(users.model)} u WHERE 1 = 1 ${somebodys} ${link} ${password} ${recovery}`,
    Object.assign({}, ...accepted.map(({ bind }) => bind)),
  );
  return Number(row?.stranded ?? 0);
}
