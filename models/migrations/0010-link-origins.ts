// What decides whether a provider still accepts a link, stored with the link: the namespace of its subject, and the domain that the
// provider reported.

import { DataTypes } from 'sequelize';
import { subjectKey } from '../../lib/accounts/keys.js';
import { boundSql } from '../bound-sql.js';
import { quotingNames } from '../quoting.js';
import { addColumn, dropColumn, type Migration } from './migration.js';
import type { MigrationContext } from './migration-context.js';

const PAGE = 500;

interface Link {
  readonly id: number;
  readonly provider: string;
  readonly subject: string;
  readonly identity_key: string;
}

/**
 * Finds links by their subject alone again. Where two people have the same subject in two namespaces, it is the one who had it
 * first: the other is found by nobody, rather than by somebody else.
 */
async function forgetNamespaces({ queryInterface, transaction, table }: MigrationContext): Promise<void> {
  const { select, write } = boundSql(queryInterface.sequelize);
  const links = quotingNames(queryInterface.sequelize).table(table('SocialLink'));
  for (let after = 0; ; ) {
    const sql = `SELECT id, provider, subject, identity_key FROM ${links} WHERE id > $after ORDER BY id LIMIT ${PAGE}`;
    const page = await select<Link>(sql, { after }, transaction);
    for (const link of page) {
      const key = subjectKey(link);
      if (link.identity_key === key) continue;
      const taken = await select(`SELECT id FROM ${links} WHERE identity_key = $key`, { key }, transaction);
      if (taken.length === 0) await write(`UPDATE ${links} SET identity_key = $key WHERE id = $id`, { key, id: link.id }, transaction);
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = Number(last.id);
  }
}

export const linkOrigins: Migration = {
  name: '0010-link-origins',
  async up(context) {
    await addColumn(context, 'SocialLink', 'namespace', { type: DataTypes.STRING(2048) });
    await addColumn(context, 'SocialLink', 'hosted_domain', { type: DataTypes.STRING(255) });
  },
  async down(context) {
    await forgetNamespaces(context);
    await dropColumn(context, 'SocialLink', 'hosted_domain');
    await dropColumn(context, 'SocialLink', 'namespace');
  },
};
