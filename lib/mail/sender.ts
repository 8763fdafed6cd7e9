// Sends notices from the outbox to the mail server.

import { isEmailAddress } from '../accounts/keys.js';
import type { MailMessage } from '../accounts/mail-message.js';
import { UndeliverableMessage } from '../outbox/failed-deliveries.js';
import type { OutboxRepository } from '../outbox/outbox.js';
import { type OutboxWorker, startOutboxWorker } from '../outbox/outbox-worker.js';
import type { Logger } from '../support/logger.js';
import type { Spans } from '../tracing/spans.js';
import { isPermanentRefusal } from './permanent-refusal.js';
import { knowsNotice, type MailLanguages, type RenderedMail, renderMail } from './templates.js';
import type { MailTransport } from './transport.js';

export interface MailSenderOptions {
  readonly repository: OutboxRepository<MailMessage>;
  /** Stays the caller's: close it after the sender. */
  readonly transport: MailTransport;
  /** The operator's address, `a@b.test` or `Name <a@b.test>`. */
  readonly from: string;
  /** Default: our own. */
  readonly languages?: MailLanguages;
  readonly logger: Logger;
  /** Where the link of a mail leads; undefined for one that cannot be made any more. */
  readonly urlOf?: (message: MailMessage) => string | undefined;
  /** Milliseconds between two looks into the outbox, for what other processes wrote. Default 1000. */
  readonly pollMs?: number;
  /** Has each attempt told of. */
  readonly spans?: Spans;
}

/** @throws UndeliverableMessage for what no attempt makes a mail of; Error for a notice that a newer process may know. */
function render(message: MailMessage, link: string | undefined, languages: MailLanguages | undefined): RenderedMail {
  const { to, template, data }: Partial<MailMessage> = message;
  if (typeof to !== 'string' || !isEmailAddress(to)) throw new UndeliverableMessage('The recipient must be exactly one bare address');
  if (typeof data !== 'object' || data === null) throw new UndeliverableMessage('The notice has no content');
  if (!knowsNotice(template)) throw new Error('This version does not know this kind of notice');
  try {
    return renderMail(message, link, languages);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new UndeliverableMessage(`The notice cannot be written: ${why}`, { cause: error });
  }
}

const hostOf = ({ to }: MailMessage) => String(to).split('@').at(-1)?.toLowerCase() ?? '';

/** Starts at once; its timers keep no process alive. */
export function startMailSender({ transport, from, languages, urlOf, ...options }: MailSenderOptions): OutboxWorker {
  async function deliver(id: string, message: MailMessage): Promise<void> {
    const link = message.data?.link === undefined ? undefined : urlOf?.(message);
    // Trying again would not help; whoever asked for the link can ask for another.
    if (message.data?.link !== undefined && link === undefined)
      throw new UndeliverableMessage('The link could not be read, so it was not mailed');
    await transport.send({ id, from, to: message.to, ...render(message, link, languages) });
  }
  return startOutboxWorker({ ...options, name: 'mail', deliver, hostOf, isPermanent: isPermanentRefusal });
}
