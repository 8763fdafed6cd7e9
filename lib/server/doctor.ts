// What an operator should know: whom the configuration strands, whom switching a provider off would, and what is stuck.

import type { Config } from '../../config/config.js';
import type { OutboxDepth } from '../../models/outbox-desk.js';
import { countStranded } from '../../models/stranded-users.js';
import { openStorage, type StorageOptions } from '../plugin/storage.js';
import { type Acceptances, acceptancesOf } from '../providers/index.js';

export interface Diagnosis {
  /** Users without a sign-in method that works. Methods of a host's own are not seen. */
  readonly stranded: number;
  /** By enabled provider: how many more there would be without it. */
  readonly switchedOff: Readonly<Record<string, number>>;
  readonly outbox: readonly OutboxDepth[];
}

export async function diagnose(
  { sequelize, users: hostUsers, tablePrefix }: Pick<StorageOptions, 'sequelize' | 'users' | 'tablePrefix'>,
  config: Config,
): Promise<Diagnosis> {
  const { models, users, outboxDesk } = openStorage({ sequelize, users: hostUsers, tablePrefix });
  const enabled = acceptancesOf(config);
  const count = (acceptances: Acceptances) =>
    countStranded({ sequelize, models, users, passwordSignIn: config.passwordSignIn, recoveryCounts: config.recoveryCounts }, acceptances);
  const stranded = await count(enabled);
  const switchedOff: Record<string, number> = {};
  for (const id of enabled.keys()) {
    switchedOff[id] = (await count(new Map([...enabled].filter(([other]) => other !== id)))) - stranded;
  }
  return { stranded, switchedOff, outbox: await outboxDesk.depth() };
}
