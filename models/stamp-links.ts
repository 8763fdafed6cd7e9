// Gives links of before it was kept the namespace of their provider as it is configured, so that moving the provider is noticed.

import type { Sequelize } from 'sequelize';
import type { Acceptance } from '../lib/accounts/acceptance.js';
import { boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';

/**
 * Asked at each start, and done where there is something to do: what a host writes itself has no namespace either. Left as they are:
 * links of providers that are not configured, or whose subjects may be of one among several namespaces; they are still found by their subject,
 * and learn the rest when they are signed in with. Their key does not change here: there is no hash that all databases have.
 */
export async function stampLinks(sequelize: Sequelize, models: Models, acceptances: ReadonlyMap<string, Acceptance>): Promise<void> {
  const { select, write } = boundSql(sequelize);
  const links = quoting(sequelize).table(models.SocialLink);
  const unknown = await select<{ provider: string }>(`SELECT DISTINCT provider FROM ${links} WHERE namespace IS NULL`, {});
  for (const { provider } of unknown) {
    const [namespace, ...others] = acceptances.get(provider)?.namespaces ?? [];
    if (namespace === undefined || others.length > 0) continue;
    const bind = { provider, namespace };
    await write(`UPDATE ${links} SET namespace = $namespace WHERE provider = $provider AND namespace IS NULL`, bind, undefined);
  }
}
