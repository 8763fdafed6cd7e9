// What every step of the schema gets as its context.

import type { DataType, QueryInterface, Transaction } from 'sequelize';
import type { ModelName } from '../tables.js';

export interface MigrationContext {
  readonly queryInterface: QueryInterface;
  readonly transaction: Transaction;
  /** The type of the column that users are found by. */
  readonly userId: DataType;
  /** False when the host brings its own users: then the tables of users and groups are not ours to make. */
  readonly ownUsers: boolean;
  table(model: ModelName): string;
}
