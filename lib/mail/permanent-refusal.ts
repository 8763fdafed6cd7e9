// Whether a mail server refused for good: a mailbox that does not exist will not exist tomorrow, but a rule of the server may have changed.

import { UndeliverableMessage } from '../outbox/failed-deliveries.js';

/** RFC 3463: no such mailbox, host or address, moved, ambiguous, null MX (RFC 7505); mailbox disabled; too long or badly made. */
const FOR_GOOD = /^5\.(?:1\.(?:[0-6]|10)|2\.1|2\.3|3\.4|6\.\d+)$/;
/** RFC 5321, section 4.2.3: about the mailbox, where no enhanced code says more. */
const ABOUT_THE_MAILBOX: ReadonlySet<number> = new Set([550, 551, 553]);

interface SmtpError {
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * True for a recipient that the server says does not exist, and for a message that it will never take. A full mailbox, a sender
 * that may not, a policy, a password that does not fit: these are tried again, because somebody can mend them.
 */
export function isPermanentRefusal(error: unknown): boolean {
  if (error instanceof UndeliverableMessage) return true;
  if (!(error instanceof Error)) return false;
  const { responseCode, response, command } = error as SmtpError;
  if (typeof responseCode !== 'number' || responseCode < 500 || responseCode > 599) return false;
  if (command !== 'RCPT TO' && command !== 'DATA') return false;
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(typeof response === 'string' ? response : '')?.[1];
  return enhanced === undefined ? ABOUT_THE_MAILBOX.has(responseCode) : FOR_GOOD.test(enhanced);
}
