// How many users have no way in that works: asked at start-up, and before a provider is switched off.

import type { Sequelize } from 'sequelize';
import { boundList, boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import type { UserMapping } from './user-mapping.js';

export interface StrandedOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly users: UserMapping;
  readonly passwordSignIn: boolean;
}

/**
 * Counts users without a link to one of `enabledProviders` and without a password that can be used. Sign-in methods of
 * the host's own are not seen.
 */
export async function countStranded(
  { sequelize, models, users, passwordSignIn }: StrandedOptions,
  enabledProviders: readonly string[],
): Promise<number> {
  const { column: quote, table } = quoting(sequelize);
  const [id, email, hash] = [users.column('id') ?? 'id', users.column('email'), users.column('passwordHash')];
  const password =
    passwordSignIn && email !== undefined && hash !== undefined
      ? `AND NOT (u.${quote(hash)} IS NOT NULL AND u.${quote(hash)} <> '' AND u.${quote(email)} IS NOT NULL)`
      : '';
  const list = boundList('provider', enabledProviders);
  const link =
    enabledProviders.length === 0
      ? ''
      : `AND NOT EXISTS (SELECT 1 FROM ${table(models.SocialLink)} l WHERE l.user_id = u.${quote(id)} AND l.provider IN (${list.sql}))`;
  const [row] = await boundSql(sequelize).select<{ stranded: number | string }>(
    `SELECT ${readable(sequelize).number('COUNT(*)')} AS stranded FROM ${table(users.model)} u WHERE 1 = 1 ${link} ${password}`,
    list.bind,
  );
  return Number(row?.stranded ?? 0);
}
