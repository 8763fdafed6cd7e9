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
  /** Milliseconds between two looks into the outbox, for what other processes wrote. Default 1000. */
  readonly pollMs?: number;
}

/** Starts at once; its timers keep no process alive. */
export function startMailSender({ transport, from, ...options }: MailSenderOptions): Courier {
  const deliver = (id: string, message: MailMessage) => transport.send({ id, from, to: message.to, ...renderMail(message) });
  return startCourier({ ...options, name: 'mail', deliver });
}
