// Which issuer links without a namespace belong to: those that a host or an older version wrote record none, but a move of the provider
// must still be noticed.

import type { Sequelize } from 'sequelize';
import type { Acceptance } from '../lib/accounts/acceptance.js';
import { boundSql } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import type { Transactions } from './transactions.js';

/** The table itself, or what a migration calls it. */
export interface OriginTables {
  readonly origins: string;
}

/**
 * The namespace of a link as an expression: its own, else that of its provider from the time that it was written in; NULL where
 * nobody knows. Nothing but a link without a namespace has the second table read.
 * @param link alias or quoted name of the table of links
 */
export function namespaceExpression(link: string, { origins }: OriginTables): string {
  return `COALESCE(${link}.namespace, (SELECT o.namespace FROM ${origins} o WHERE o.provider = ${link}.provider AND o.after_id < ${link}.id ORDER BY o.after_id DESC, o.id DESC LIMIT 1))`;
}

export const namespaceOf = (sequelize: Sequelize, models: Models, link: string) =>
  namespaceExpression(link, { origins: quoting(sequelize).table(models.LinkOrigin) });

/**
 * Asked at each start, and written where a provider's namespace is another than before: links from then on are of the new one, all
 * before them stay what they were. One among several is not known; a link learns the rest when it is signed in with. No row of a
 * link is read or changed here. Keys stay as they are: there is no hash that all databases have.
 */
export async function recordOrigins(
  { sequelize, models, transactions }: { readonly sequelize: Sequelize; readonly models: Models; readonly transactions: Transactions },
  acceptances: ReadonlyMap<string, Acceptance>,
): Promise<void> {
  const { select, write } = boundSql(sequelize);
  const { table } = quoting(sequelize);
  const [origins, links] = [table(models.LinkOrigin), table(models.SocialLink)];
  const known = await transactions.read(() => select(`SELECT provider, namespace FROM ${origins} ORDER BY after_id, id`, {}));
  const last = new Map(known.map(({ provider, namespace }) => [String(provider), namespace === null ? null : String(namespace)]));
  const record = (after: string) => `INSERT INTO ${origins} (provider, after_id, namespace) VALUES ($provider, ${after}, $namespace)`;
  // What was there before anybody asked is as the provider is configured now.
  const [FIRST, LATER] = [record('0'), record(`COALESCE((SELECT MAX(l.id) FROM ${links} l), 0)`)];
  for (const [provider, { namespaces }] of acceptances) {
    const namespace = namespaces.length === 1 ? (namespaces[0] ?? null) : null;
    if (last.get(provider) === namespace) continue;
    const sql = last.has(provider) ? LATER : FIRST;
    await transactions.write((transaction) => write(sql, { provider, namespace }, transaction));
  }
}
