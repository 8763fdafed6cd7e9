// Says, before an operator switches a provider off, how many users it would strand.

import type { Sequelize } from 'sequelize';
import type { Config } from '../../config/config.js';
import { countStranded } from '../../models/stranded-users.js';
import { openStorage } from '../plugin/storage.js';
import { type Acceptances, acceptancesOf } from '../providers/acceptances.js';

/** One line for now, and one for each enabled provider. Sign-in methods of a host's own are not seen. */
export async function diagnose(sequelize: Sequelize, config: Config): Promise<readonly string[]> {
  const { models, users } = openStorage({ sequelize });
  const enabled = acceptancesOf(config);
  const stranded = (acceptances: Acceptances) =>
    countStranded({ sequelize, models, users, passwordSignIn: config.passwordSignIn, recoveryCounts: config.recoveryCounts }, acceptances);
  const now = await stranded(enabled);
  const lines = [`now: ${now} user(s) without a sign-in method that works`];
  for (const id of enabled.keys()) {
    const then = await stranded(new Map([...enabled].filter(([other]) => other !== id)));
    lines.push(`${id} switched off: ${then - now} more user(s) would be stranded`);
  }
  return lines;
}
