// A table as the database's own catalogue knows it, for Sequelize's questions about it.

import type { Sequelize } from 'sequelize';
import type { Table } from './define-models.js';

/** @returns what Sequelize's `describeTable` and `showIndex` take */
export async function catalogueTable(_sequelize: Sequelize, model: Table): Promise<unknown> {
  return model.getTableName();
}
