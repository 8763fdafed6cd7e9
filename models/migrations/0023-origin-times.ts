// Which namespace a provider's links without one belong to, by the time they were written: no start has to read the links for this.

import { DataTypes } from 'sequelize';
import { namespaceExpression } from '../link-origins.js';
import { quotingNames } from '../quoting.js';
import type { Migration } from './migration.js';

export const originTimes: Migration = {
  name: '0023-origin-times',
  creates: () => ({
    LinkOrigin: {
      columns: {
        id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true, allowNull: false },
        provider: { type: DataTypes.STRING(64), allowNull: false },
        after_id: { type: DataTypes.BIGINT, allowNull: false },
        namespace: { type: DataTypes.STRING(2048) },
      },
      indexes: [['provider', 'after_id']],
    },
  }),
  /** What is known by then is written into the links, where an older version looks for it. */
  async down({ queryInterface, transaction, table }) {
    const { sequelize } = queryInterface;
    if (!(await queryInterface.tableExists(table('LinkOrigin'), { transaction } as object))) return;
    const { table: quote } = quotingNames(sequelize);
    const links = quote(table('SocialLink'));
    const known = namespaceExpression(links, { origins: quote(table('LinkOrigin')) });
    await sequelize.query(`UPDATE ${links} SET namespace = ${known} WHERE namespace IS NULL`, { transaction });
  },
};
