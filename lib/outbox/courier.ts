// Empties the outbox: each message at least once, and never again once it was accepted where it goes.

import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.js';
import { failureText } from './failure-text.js';
import { createOutageLog } from './outage-log.js';
import type { ClaimedMessage, OutboxRepository } from './outbox.js';
import { retryPauseMs } from './retry-pause.js';

/** Longer than any attempt may take: a second process sends what a killed one held, and nothing else. */
const LEASE_MS = 120_000;

/** How long `close` waits for the message that is under way. */
const CLOSE_WAIT_MS = 3_000;

export interface CourierOptions<T> {
  /** What is carried, for the log: `mail`. */
  readonly name: string;
  readonly repository: OutboxRepository<T>;
  /** Resolves once it was accepted; a rejection is tried again with growing pauses. */
  deliver(id: string, message: T): Promise<void>;
  readonly logger: Logger;
  /** Milliseconds between two looks into the outbox, for what other processes wrote. Default 1000. */
  readonly pollMs?: number;
}

export interface Courier {
  /** Looks into the outbox now; called after a commit. Costs the caller nothing and never throws. */
  wake(): void;
  /** Takes nothing more and waits up to 3 s for the message that is under way. */
  close(): Promise<void>;
}

type Attempt = { readonly accepted: true } | { readonly accepted: false; readonly error: string };

/** Starts at once; its timers keep no process alive. */
export function startCourier<T>({ name, repository, deliver: send, logger, pollMs = 1000 }: CourierOptions<T>): Courier {
  const by = randomUUID();
  const outage = createOutageLog(name, logger);
  /** Accepted, not yet marked in the database: to be marked, never to be sent again. */
  const accepted = new Map<string, Date>();
  let closed = false;
  let abandoned = false;
  let wokenMeanwhile = false;
  let round: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function attempt({ id, message }: ClaimedMessage<T>): Promise<Attempt> {
    try {
      await send(id, message);
      return { accepted: true };
    } catch (error) {
      return { accepted: false, error: failureText(error) };
    }
  }

  async function deliver(claimed: ClaimedMessage<T>): Promise<void> {
    const { id, attempts } = claimed;
    const outcome: Attempt = accepted.has(id) ? { accepted: true } : await attempt(claimed);
    if (outcome.accepted) {
      accepted.set(id, accepted.get(id) ?? new Date());
      return;
    }
    // Given up by close: the lease runs out, and whoever comes next sends it.
    if (abandoned) return;
    const nextAttemptAt = new Date(Date.now() + retryPauseMs(attempts));
    logger.warn({ id, attempts: attempts + 1, nextAttemptAt, error: outcome.error }, `${name} could not be delivered; trying again`);
    await repository.failed(id, { error: outcome.error, nextAttemptAt });
  }

  /** False when one could not be marked; the others are not held up by it. */
  async function markAccepted(): Promise<boolean> {
    let all = true;
    for (const [id, at] of accepted) {
      try {
        await repository.sent(id, at);
        accepted.delete(id);
        logger.info({ id }, `${name} delivered`);
      } catch (error) {
        all = false;
        outage.failed(error);
      }
    }
    return all;
  }

  async function drain(): Promise<void> {
    try {
      let allMarked = await markAccepted();
      while (!closed) {
        const claimed = await repository.claim({ by, leaseMs: LEASE_MS, now: new Date() });
        if (claimed === undefined) break;
        await deliver(claimed);
        allMarked = await markAccepted();
      }
      if (allMarked) outage.worked();
    } catch (error) {
      outage.failed(error);
    }
  }

  async function runRound(): Promise<void> {
    do {
      wokenMeanwhile = false;
      await drain();
    } while (wokenMeanwhile && !closed);
    round = undefined;
    if (!closed) timer = setTimeout(look, pollMs).unref();
  }

  function look(): void {
    clearTimeout(timer);
    if (closed) return;
    wokenMeanwhile = true;
    round ??= runRound();
  }

  look();
  return {
    wake: look,
    async close() {
      closed = true;
      clearTimeout(timer);
      let patience: NodeJS.Timeout | undefined;
      const timeIsUp = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, CLOSE_WAIT_MS);
      });
      await Promise.race([(round ?? Promise.resolve()).then(markAccepted), timeIsUp]);
      clearTimeout(patience);
      abandoned = true;
    },
  };
}
