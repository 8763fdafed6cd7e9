// Delivers the messages of the outbox, several at once: each at least once, and never again after the receiver has accepted it.

import { randomUUID } from 'node:crypto';
import { inTime } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { noSpans, type Spans } from '../tracing/spans.js';
import { failureText, isTooOld, retryPauseMs } from './failed-deliveries.js';
import { createLanes } from './lanes.js';
import { createOutageLog } from './outage-log.js';
import type { ClaimedMessage, OutboxRepository } from './outbox.js';

/** Longer than any attempt may take: a second process sends what a killed one held, and nothing else. */
const LEASE_MS = 120_000;

/** Then an attempt has failed, whatever becomes of it. Above what a transport of ours allows itself. */
const ATTEMPT_MS = 90_000;

/** Ids in one statement. */
const MARK_AT_ONCE = 100;

export interface DeliveriesOptions<T> {
  /** What is carried, for the log and the audit: `mail`. */
  readonly name: 'mail' | 'revocation' | 'webhook';
  readonly repository: OutboxRepository<T>;
  /** Resolves once it was accepted; a rejection is tried again with growing pauses, for five days. */
  deliver(id: string, message: T): Promise<void>;
  /** Where it goes: one that hangs takes few of the places. Default: all to one. */
  hostOf?(message: T): string;
  /** A rejection after which trying again has no use. Default: none. */
  isPermanent?(error: unknown): boolean;
  readonly logger: Logger;
  /** Has each attempt told of. Default: nobody is told. */
  readonly spans?: Spans;
}

export interface Deliveries {
  /** Marks what was accepted, takes what is due as far as there is room, and begins to deliver it. Never throws. */
  fill(): Promise<void>;
  /** Nothing more is taken. */
  stop(): void;
  /** Settles when what is under way has ended, and what was accepted is marked. */
  ended(): Promise<void>;
  /** What is under way is no longer waited for: another process takes it up, or the next start. */
  abandon(): void;
}

type Attempt = { readonly accepted: true } | { readonly accepted: false; readonly reason: unknown };

/** @param onRoom called when one more could begin */
export function createDeliveries<T>(options: DeliveriesOptions<T>, onRoom: () => void): Deliveries {
  const { name, repository, deliver: send, hostOf = () => '', isPermanent = () => false, logger, spans = noSpans } = options;
  const outage = createOutageLog(name, logger);
  const lanes = createLanes();
  /** Accepted, not yet marked in the database: to be marked, never to be sent again. */
  const accepted = new Map<string, Date>();
  const underWay = new Map<string, Promise<void>>();
  let stopped = false;
  let abandoned = false;

  async function attempt(id: string, message: T): Promise<Attempt> {
    const sending = spans.within('deliver', { message: name, apart: true }, async () => await send(id, message));
    // Late, but accepted all the same: it must not go out again.
    sending.then(
      () => accepted.set(id, accepted.get(id) ?? new Date()),
      () => undefined,
    );
    try {
      await inTime(ATTEMPT_MS, () => sending, { holds: false });
      return { accepted: true };
    } catch (reason) {
      return { accepted: false, reason };
    }
  }

  async function giveUp({ id, attempts }: ClaimedMessage<T>, error: string): Promise<void> {
    logger.error({ alert: true, kind: name, id, attempts: attempts + 1, error }, `${name} was given up and will not be delivered`);
    await repository.givenUp(id, { error, attempts: attempts + 1 });
  }

  async function settle(claimed: ClaimedMessage<T>, reason: unknown): Promise<void> {
    const { id, attempts, createdAt } = claimed;
    const error = failureText(reason);
    if (isPermanent(reason) || isTooOld(createdAt)) return await giveUp(claimed, error);
    const nextAttemptAt = new Date(Date.now() + retryPauseMs(attempts));
    logger.warn({ id, attempts: attempts + 1, nextAttemptAt, error }, `${name} could not be delivered; trying again`);
    await repository.failed(id, { error, nextAttemptAt });
  }

  async function carry(claimed: ClaimedMessage<T>): Promise<void> {
    const { id, message } = claimed;
    if (accepted.has(id)) return;
    try {
      if (message === undefined) return await giveUp(claimed, 'the message in the row cannot be read');
      const outcome = await attempt(id, message);
      // Given up by close: the lease runs out, and whoever comes next sends it.
      if (!outcome.accepted && !abandoned) await settle(claimed, outcome.reason);
    } catch (error) {
      outage.failed(error);
    }
  }

  function begin(claimed: ClaimedMessage<T>): void {
    const { id, message } = claimed;
    if (underWay.has(id)) return;
    const leave = lanes.enter(message === undefined ? '' : hostOf(message), onRoom);
    const carrying = carry(claimed).finally(() => {
      leave();
      underWay.delete(id);
      onRoom();
    });
    underWay.set(id, carrying);
  }

  /** False when they could not be marked; what is still to be sent is not held up by it. */
  async function markAccepted(): Promise<boolean> {
    const batch = [...accepted].slice(0, MARK_AT_ONCE);
    const at = batch.at(-1)?.[1];
    if (at === undefined) return true;
    const ids = batch.map(([id]) => id);
    try {
      await repository.sent(ids, at);
    } catch (error) {
      outage.failed(error);
      return false;
    }
    for (const id of ids) if (accepted.delete(id)) logger.info({ id }, `${name} delivered`);
    return await markAccepted();
  }

  async function fill(): Promise<void> {
    try {
      const allMarked = await markAccepted();
      for (let limit = lanes.room(); !stopped && limit > 0; limit = lanes.room()) {
        const quota = lanes.quota();
        const admits = (message: T | undefined) => quota(message === undefined ? '' : hostOf(message));
        const claimed = await repository.claim({ by: randomUUID(), leaseMs: LEASE_MS, now: new Date(), limit, admits });
        for (const each of claimed) begin(each);
        if (claimed.length < limit) break;
      }
      if (allMarked) outage.worked();
    } catch (error) {
      outage.failed(error);
    }
  }

  return {
    fill,
    stop() {
      stopped = true;
    },
    // What was accepted is marked at once: something else may hang for longer than there is time.
    async ended() {
      await Promise.all([markAccepted(), ...[...underWay.values()].map((each) => each.then(markAccepted))]);
    },
    abandon() {
      abandoned = true;
    },
  };
}
