// Empties the outbox: each notice at least once, and never again once the mail server has accepted it.

import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.js';
import { failureText } from './failure-text.js';
import { createOutageLog } from './outage-log.js';
import type { ClaimedMail, OutboxRepository } from './outbox.js';
import { retryPauseMs } from './retry-pause.js';
import { renderMail } from './templates.js';
import type { MailTransport } from './transport.js';

/** Longer than any attempt may take: a second process sends what a killed one held, and nothing else. */
const LEASE_MS = 120_000;

/** How long `close` waits for the mail that is under way. */
const CLOSE_WAIT_MS = 3_000;

export interface MailSenderOptions {
  readonly repository: OutboxRepository;
  /** Stays the caller's: close it after the sender. */
  readonly transport: MailTransport;
  /** The operator's address, `a@b.test` or `Name <a@b.test>`. */
  readonly from: string;
  readonly logger: Logger;
  /** Milliseconds between two looks into the outbox, for what other processes wrote. Default 1000. */
  readonly pollMs?: number;
}

export interface MailSender {
  /** Looks into the outbox now; called after a commit. Costs the caller nothing and never throws. */
  wake(): void;
  /** Takes nothing more and waits up to 3 s for the mail that is under way. */
  close(): Promise<void>;
}

type Attempt = { readonly accepted: true } | { readonly accepted: false; readonly error: string };

/** Starts at once; its timers keep no process alive. */
export function startMailSender({ repository, transport, from, logger, pollMs = 1000 }: MailSenderOptions): MailSender {
  const by = randomUUID();
  const outage = createOutageLog(logger);
  /** Accepted by the mail server, not yet marked in the database: to be marked, never to be sent again. */
  const accepted = new Map<string, Date>();
  let closed = false;
  let abandoned = false;
  let wokenMeanwhile = false;
  let round: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function attempt({ id, message }: ClaimedMail): Promise<Attempt> {
    try {
      await transport.send({ id, from, to: message.to, ...renderMail(message) });
      return { accepted: true };
    } catch (error) {
      return { accepted: false, error: failureText(error) };
    }
  }

  async function deliver(mail: ClaimedMail): Promise<void> {
    const { id, attempts } = mail;
    const outcome: Attempt = accepted.has(id) ? { accepted: true } : await attempt(mail);
    if (outcome.accepted) {
      accepted.set(id, accepted.get(id) ?? new Date());
      return;
    }
    // Given up by close: the lease runs out, and whoever comes next sends it.
    if (abandoned) return;
    const nextAttemptAt = new Date(Date.now() + retryPauseMs(attempts));
    logger.warn({ mailId: id, attempts: attempts + 1, nextAttemptAt, error: outcome.error }, 'A mail could not be sent; trying again');
    await repository.failed(id, { error: outcome.error, nextAttemptAt });
  }

  /** False when one could not be marked; the others are not held up by it. */
  async function markAccepted(): Promise<boolean> {
    let all = true;
    for (const [id, at] of accepted) {
      try {
        await repository.sent(id, at);
        accepted.delete(id);
        logger.info({ mailId: id }, 'Mail sent');
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
        const mail = await repository.claim({ by, leaseMs: LEASE_MS, now: new Date() });
        if (mail === undefined) break;
        await deliver(mail);
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
