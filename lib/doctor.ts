// Says, before an operator switches a provider off, how many users it would strand.

import type { Sequelize } from 'sequelize';
import type { Config } from '../config/config.js';
import { countStranded } from '../models/stranded-users.js';
import { openStorage } from './storage.js';

/** One line for now, and one for each enabled provider. Sign-in methods of a host's own are not seen. */
export async function diagnose(sequelize: Sequelize, config: Config): Promise<readonly string[]> {
  const { models, users } = openStorage({ sequelize });
  const enabled = [...config.providers.values()].filter((provider) => provider.enabled).map(({ id }) => id);
  const stranded = (providers: readonly string[]) =>
    countStranded({ sequelize, models, users, passwordSignIn: config.passwordSignIn }, providers);
  const now = await stranded(enabled);
  const lines = [`now: ${now} user(s) without a sign-in method that works`];
  for (const id of enabled) {
    const then = await stranded(enabled.filter((other) => other !== id));
    lines.push(`${id} switched off: ${then - now} more user(s) would be stranded`);
  }
  return lines;
}
