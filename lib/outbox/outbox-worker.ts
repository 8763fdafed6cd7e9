// Looks into the outbox when a message was put there, when there is room for more, and from time to time for what other processes wrote.

import { inTime } from '../support/deadline.js';
import { createDeliveries, type DeliveriesOptions } from './deliveries.js';

/** How long `close` waits for what is under way. */
const CLOSE_WAIT_MS = 3_000;

/** What comes together is looked for together, and after the answers that it was written for. */
const GATHER_MS = 10;

/** While the process is busy with answers, what is written meanwhile is gathered for so long at most, and carried together. */
const BUSY = { share: 0.7, onceMoreMs: 25, mostMs: 100 } as const;

export interface OutboxWorkerOptions<T> extends DeliveriesOptions<T> {
  /** Milliseconds between two looks into the outbox, for what other processes wrote. Default 1000. */
  readonly pollMs?: number;
}

export interface OutboxWorker {
  readonly name: OutboxWorkerOptions<never>['name'];
  /** Looks into the outbox soon; called after a commit. Costs the caller nothing and never throws. */
  wake(): void;
  /** Takes nothing more and waits up to 3 s for what is under way. */
  close(): Promise<void>;
}

/** Starts at once; its timers keep no process alive. */
export function startOutboxWorker<T>(options: OutboxWorkerOptions<T>): OutboxWorker {
  const { name, pollMs = 1000 } = options;
  const deliveries = createDeliveries(options, look);
  let closed = false;
  let wokenMeanwhile = false;
  let round: Promise<void> | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;

  async function runRound(): Promise<void> {
    do {
      wokenMeanwhile = false;
      await deliveries.fill();
    } while (wokenMeanwhile && !closed);
    round = undefined;
    if (!closed) poll = setTimeout(look, pollMs).unref();
  }

  function begins(): void {
    gathering = undefined;
    clearTimeout(poll);
    if (closed) return;
    wokenMeanwhile = true;
    round ??= runRound();
  }

  function look(): void {
    if (!closed) gathering ??= setTimeout(begins, GATHER_MS).unref();
  }

  /** Once people are answered: what is under way goes on meanwhile. */
  function wake(): void {
    if (closed || gathering !== undefined) return;
    let since = performance.eventLoopUtilization();
    const began = performance.now();
    const whenQuiet = () => {
      const { utilization } = performance.eventLoopUtilization(since);
      since = performance.eventLoopUtilization();
      if (utilization < BUSY.share || performance.now() - began > BUSY.mostMs) begins();
      else gathering = setTimeout(whenQuiet, BUSY.onceMoreMs).unref();
    };
    gathering = setTimeout(whenQuiet, GATHER_MS).unref();
  }

  async function end(): Promise<void> {
    await round;
    await deliveries.ended();
  }

  look();
  return {
    name,
    wake,
    async close() {
      closed = true;
      deliveries.stop();
      for (const timer of [gathering, poll]) clearTimeout(timer);
      await inTime(CLOSE_WAIT_MS, end).catch(() => undefined);
      deliveries.abandon();
    },
  };
}
