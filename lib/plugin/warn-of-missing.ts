// Tells an operator at start why a host's table would refuse a new user.

import type { Config } from '../../config/config.js';
import { columnsWithoutValue, NO_ADDRESS, SOMEONE } from '../../models/missing-values.js';
import type { UserMapping } from '../../models/user-mapping.js';
import { knownProvider } from '../providers/index.js';
import type { Logger } from '../support/logger.js';
import type { LatchkeyOptions } from './options.js';

/** Warns of columns that take no NULL and would get no value; nothing where the users are ours, or nobody can sign up. */
export async function warnOfMissing(
  { sequelize, users: host }: Pick<LatchkeyOptions, 'sequelize' | 'users'>,
  config: Config,
  users: UserMapping,
  logger: Logger,
): Promise<void> {
  if (host === undefined || !config.signUp) return;
  const columns = await columnsWithoutValue(sequelize, users, host, SOMEONE);
  const shy = [...config.providers.values()].filter(({ type, enabled }) => enabled && knownProvider(type)?.mayTellNoAddress);
  const also =
    shy.length === 0 ? [] : (await columnsWithoutValue(sequelize, users, host, NO_ADDRESS)).filter((name) => !columns.includes(name));
  if (also.length > 0)
    logger.warn(
      { table: users.model.name, columns: also, providers: shy.map(({ id }) => id) },
      `people whose provider reports no address cannot sign up: "${also.join('", "')}" does not allow NULL; allow it, or give a value in users.defaults`,
    );
  if (columns.length === 0) return;
  const names = columns.map((name) => `"${name}"`).join(', ');
  logger.warn(
    { table: users.model.name, columns },
    `a new user would have no value in ${names}, which does not allow NULL and has no default: give a value in users.defaults, such as ` +
      `defaults: (user) => ({ ${columns[0]}: … }), or give the column a default`,
  );
}
