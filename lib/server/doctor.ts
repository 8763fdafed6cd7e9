// What an operator should know: whom the configuration strands, whom switching a provider off would strand, and what is stuck.

import type { Config } from '../../config/config.js';
import type { OutboxDepth } from '../../models/outbox-desk.js';
import { strandedUsers } from '../../models/stranded-users.js';
import { openStorage, type StorageOptions } from '../plugin/storage.js';
import { acceptancesOf } from '../providers/index.js';

export interface Diagnosis {
  /** Users without a sign-in method that works. The host's own methods are not included. */
  readonly stranded: number;
  /** By enabled provider: how many more there would be without it. */
  readonly switchedOff: Readonly<Record<string, number>>;
  readonly outbox: readonly OutboxDepth[];
}

/** @param onLooked called after each slice with the number of users that were read so far */
export async function diagnose(
  { sequelize, users: hostUsers, tablePrefix }: Pick<StorageOptions, 'sequelize' | 'users' | 'tablePrefix'>,
  { passwordSignIn, recoveryCounts, ...config }: Config,
  onLooked: (users: number) => void = () => undefined,
): Promise<Diagnosis> {
  const { outboxDesk, ...storage } = openStorage({ sequelize, users: hostUsers, tablePrefix });
  const acceptances = acceptancesOf(config);
  const users = strandedUsers({ sequelize, ...storage, passwordSignIn, recoveryCounts, acceptances });
  const switchedOff = Object.fromEntries([...acceptances.keys()].map((id) => [id, 0]));
  let [stranded, looked, to]: [number, number, string | undefined] = [0, 0, undefined];
  do {
    const slice = await users.slice(to);
    for (const [id, more] of slice.onlyBy) switchedOff[id] = (switchedOff[id] ?? 0) + more;
    stranded += slice.stranded;
    looked += slice.looked;
    to = slice.to;
    if (to !== undefined) onLooked(looked);
  } while (to !== undefined);
  return { stranded, switchedOff, outbox: await outboxDesk.depth() };
}
