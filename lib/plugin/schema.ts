// The schema from code, for hosts that start with `migrate: false`.

import type { LatchkeyOptions } from './options.js';
import { openStorage } from './storage.js';

/** What the plugin is started with, too. */
export type SchemaOptions = Pick<LatchkeyOptions, 'sequelize' | 'users' | 'tablePrefix'>;

/**
 * Brings the product's tables up to date, once for all processes that call it.
 * @throws TypeError for a database that is not supported, or a table of the same name that is not ours
 */
export async function migrateSchema(options: SchemaOptions): Promise<void> {
  await openStorage(options).migrate();
}
