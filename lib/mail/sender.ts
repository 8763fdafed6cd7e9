// Carries notices from the outbox to the mail server.

import type { Logger } from '../logger.js';
import { type Courier, startCourier } from '../outbox/courier.js';
import type { OutboxRepository } from '../outbox/outbox.js';
import type { MailMessage } from './message.js';
import { renderMail } from './templates.js';
import type { MailTransport } from './transport.js';

export interface MailSenderOptions {
  readonly repository: OutboxRepository<MailMessage>;
  /** Stays the caller's: close it after the sender. */
  readonly transport: MailTransport;
  /** The operator's address, `a@b.test` or `Name <a@b.test>`. */
  readonly from: string;
  readonly logger: Logger;
  /** Where the link of a mail leads; undefined for one that cannot be made any more. */
  readonly urlOf?: (message: MailMessage) => string | undefined;
  /** Milliseconds between two looks into the outbox, for what other processes wrote. Default 1000. */
  readonly pollMs?: number;
}

/** Starts at once; its timers keep no process alive. */
export function startMailSender({ transport, from, urlOf, ...options }: MailSenderOptions): Courier {
  async function deliver(id: string, message: MailMessage): Promise<void> {
    const link = message.data.link === undefined ? undefined : urlOf?.(message);
    // Trying again would not help; whoever asked for the link can ask for another.
    if (message.data.link !== undefined && link === undefined)
      return options.logger.warn({ id }, 'a link could not be read, and so not be mailed');
    await transport.send({ id, from, to: message.to, ...renderMail(message, link) });
  }
  return startCourier({ ...options, name: 'mail', deliver });
}
