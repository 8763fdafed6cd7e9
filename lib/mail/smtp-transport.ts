// Mail over SMTP.

import { withDeadline } from '../support/deadline.js';
import { compose, nodemailer } from './compose.js';
import type { MailTransport } from './transport.js';

/** Connecting, greeting, and silence on the line: milliseconds each. */
const STEP_TIMEOUT_MS = 10_000;

/** The most connections, and how long one stays open without a mail: milliseconds, less than the time-out for silence. */
const POOL = { maxConnections: 48, idleTimeout: 5_000 } as const;

/** A server that drips a byte at a time never falls silent; this ends it, well before the outbox lease does. */
const TOTAL_TIMEOUT_MS = 60_000;

/**
 * Sends over connections that are opened as they are needed and used again. Certificates are verified; STARTTLS is used if the
 * server offers it.
 * @param url `smtp://user:pass@host:port`, or `smtps://` for TLS from the first byte; `?maxConnections=3` if the server allows
 * no more at once (default 48, of which eight are used while nothing hangs)
 */
export function smtpTransport(url: string): MailTransport {
  const transporter = nodemailer().createTransport({
    url,
    pool: true,
    ...POOL,
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    dnsTimeout: STEP_TIMEOUT_MS,
  });
  const closing = new AbortController();
  return {
    async send(mail) {
      await withDeadline(TOTAL_TIMEOUT_MS, async (late) => {
        const signal = AbortSignal.any([closing.signal, late]);
        await transporter.sendMail({ ...compose(mail), signal });
      });
    },
    close() {
      closing.abort();
      transporter.close();
    },
  };
}
