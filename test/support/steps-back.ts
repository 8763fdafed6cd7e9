// The schema of an earlier version, with all that is stored.

import { DataTypes, QueryTypes, type Sequelize } from 'sequelize';
import { MIGRATIONS } from '../../models/migrations/index.js';
import { stepDown } from '../../models/migrations/migration.js';
import { type ModelName, tableName } from '../../models/tables.js';

/** Takes back every step behind the one that is named. */
export async function takeBackTo(sequelize: Sequelize, last: string): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    const table = (model: ModelName) => tableName(model, '');
    const context = { queryInterface: sequelize.getQueryInterface(), transaction, userId: DataTypes.INTEGER, ownUsers: true, table };
    for (const step of MIGRATIONS.toReversed()) {
      if (step.name <= last) return;
      await stepDown(step, context);
      const sql = 'DELETE FROM latchkey_migrations WHERE name = :name';
      await sequelize.query(sql, { type: QueryTypes.DELETE, transaction, replacements: { name: step.name } });
    }
  });
}
