// What is stored about the count of stranded users: how far it has got, for which configuration, and which process is counting.

import type { Sequelize } from 'sequelize';
import { boundSql, insertIfAbsent } from './bound-sql.js';
import type { Models } from './define-models.js';
import { quoting } from './quoting.js';
import { readable } from './readable.js';
import type { Transactions } from './transactions.js';

export interface CountProgress {
  /** The id of the last user that was counted; undefined before the first one. */
  readonly to: string | undefined;
  readonly stranded: number;
}

/** Of one digest; `by` names the process that counts. */
export interface StrandedCounts {
  /** Remembers it from now on, and forgets those of other digests that nobody is counting. */
  open(): Promise<void>;
  /** How many there were; undefined while it is not counted to the end. */
  finished(): Promise<number | undefined>;
  /** Makes it this process's to count until the lease is over. Undefined: another counts, or nothing is left to count. */
  claim(by: string): Promise<CountProgress | undefined>;
  /** Prolongs the lease. @returns false where it is another's by now */
  keep(by: string, progress: CountProgress): Promise<boolean>;
  finish(by: string, stranded: number): Promise<void>;
  /** Lets another go on at once. */
  release(by: string, progress: CountProgress): Promise<void>;
}

/** How long a process that is gone keeps the others from counting on, in milliseconds. */
const LEASE_MS = 20_000;

export interface StrandedCountsOptions {
  readonly sequelize: Sequelize;
  readonly models: Models;
  readonly transactions: Transactions;
  readonly digest: string;
}

export function strandedCounts({ sequelize, models, transactions, digest }: StrandedCountsOptions): StrandedCounts {
  const { select, write: writeIn } = boundSql(sequelize);
  const counts = quoting(sequelize).table(models.StrandedCount);
  const { number } = readable(sequelize);
  const REMEMBER = insertIfAbsent(sequelize, `INTO ${counts} (digest, stranded) VALUES ($digest, 0)`);
  const FORGET = `DELETE FROM ${counts} WHERE digest <> $digest AND (finished_at IS NOT NULL OR locked_until IS NULL OR locked_until <= $now)`;
  const FIND = `SELECT counted_to, ${number('stranded')} AS stranded, ${number('finished_at')} AS finished_at FROM ${counts} WHERE digest = $digest`;
  const CLAIM = `UPDATE ${counts} SET locked_by = $by, locked_until = $until
    WHERE digest = $digest AND finished_at IS NULL AND (locked_until IS NULL OR locked_until <= $now)`;
  const MINE = 'digest = $digest AND locked_by = $by AND finished_at IS NULL';
  const KEEP = `UPDATE ${counts} SET counted_to = $to, stranded = $stranded, locked_until = $until WHERE ${MINE}`;
  const FINISH = `UPDATE ${counts} SET counted_to = NULL, stranded = $stranded, locked_until = NULL, finished_at = $now WHERE ${MINE}`;
  const write = (sql: string, bind: object) => transactions.write((transaction) => writeIn(sql, { digest, ...bind }, transaction));
  const find = async () => (await transactions.read(() => select(FIND, { digest })))[0];

  async function keep(by: string, { to = undefined, stranded }: CountProgress, until: number): Promise<boolean> {
    return (await write(KEEP, { by, to: to ?? null, stranded, until })) === 1;
  }

  return {
    async open() {
      await write(REMEMBER, {});
      await write(FORGET, { now: Date.now() });
    },
    async finished() {
      const row = await find();
      return row === undefined || row.finished_at === null ? undefined : Number(row.stranded);
    },
    async claim(by) {
      const now = Date.now();
      if ((await write(CLAIM, { by, now, until: now + LEASE_MS })) === 0) return undefined;
      const row = await find();
      return { to: row?.counted_to === null || row === undefined ? undefined : String(row.counted_to), stranded: Number(row?.stranded) };
    },
    keep: (by, progress) => keep(by, progress, Date.now() + LEASE_MS),
    async finish(by, stranded) {
      await write(FINISH, { by, stranded, now: Date.now() });
    },
    async release(by, progress) {
      await keep(by, progress, 0);
    },
  };
}
