// Warns an operator of users whom this configuration keeps out: counted beside the requests, once for all processes with this
// configuration.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type CountProgress, strandedCounts } from '../../models/stranded-counts.js';
import type { StrandedUsers } from '../../models/stranded-users.js';
import { describeError, type Logger } from '../support/logger.js';
import type { LatchkeyOptions } from './options.js';
import type { Storage } from './storage.js';

/** Before the first look: what is just starting has better things to do. Milliseconds, as all here. */
const BEGIN_MS = 500;
/** Until it is looked again whether another process has finished, or is gone; and after a failure. */
const AGAIN_MS = 5_000;
/** How often it is written down how far the count has come. */
const KEEP_MS = 1_000;
/** The longest time and the least share of it that the database has to itself between two slices. */
const REST = { leastMs: 10, mostMs: 1_000, share: 1 } as const;

export interface StrandedWarning {
  /** Counts no further, and lets another process go on from there. */
  close(): Promise<void>;
}

export interface StrandedWarningOptions {
  readonly sequelize: LatchkeyOptions['sequelize'];
  readonly storage: Pick<Storage, 'models' | 'transactions'>;
  readonly users: StrandedUsers;
  readonly logger: Logger;
}

/** Begins at once and waits for nothing; its timers keep no process alive. */
export function warnOfStranded({ sequelize, storage, users, logger }: StrandedWarningOptions): StrandedWarning {
  const counts = strandedCounts({ sequelize, ...storage, digest: users.digest });
  const by = randomUUID();
  const closing = new AbortController();
  const rest = (ms: number) => pause(ms, undefined, { ref: false, signal: closing.signal });

  /** Ends early where the count is another's by now. */
  async function countFrom({ to: from, stranded: before }: CountProgress): Promise<void> {
    let progress: CountProgress = { to: from, stranded: before };
    let kept = performance.now();
    try {
      for (;;) {
        const began = performance.now();
        const { to, stranded } = await users.slice(progress.to);
        progress = { to, stranded: progress.stranded + stranded };
        if (to === undefined) return await counts.finish(by, progress.stranded);
        if (performance.now() - kept > KEEP_MS) {
          if (!(await counts.keep(by, progress))) return;
          kept = performance.now();
        }
        await rest(Math.min(REST.mostMs, Math.max(REST.leastMs, (performance.now() - began) * REST.share)));
      }
    } catch (error) {
      // What was counted since then is counted again where even this fails.
      await counts.release(by, progress).catch(() => undefined);
      throw error;
    }
  }

  /** @returns false while another process counts */
  async function isTold(): Promise<boolean> {
    await counts.open();
    const progress = await counts.claim(by);
    if (progress !== undefined) await countFrom(progress);
    const stranded = await counts.finished();
    if (stranded !== undefined && stranded > 0) logger.warn({ stranded }, 'users have no sign-in method that this configuration accepts');
    return stranded !== undefined;
  }

  async function run(): Promise<void> {
    let failed = false;
    for (let wait = BEGIN_MS; ; wait = AGAIN_MS) {
      await rest(wait);
      try {
        if (await isTold()) return;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (!failed) logger.warn({ err: describeError(error) }, 'users without a way in could not be counted; trying again');
        failed = true;
      }
    }
  }

  const running = run().catch(() => undefined);
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}
