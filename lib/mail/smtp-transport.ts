// Notices over SMTP.

import { createTransport } from 'nodemailer';
import { compose } from './compose.js';
import type { MailTransport } from './transport.js';

/** Connecting, greeting, and silence on the line: milliseconds each. */
const STEP_TIMEOUT_MS = 10_000;

/** A server that drips a byte at a time never falls silent; this ends it, well before the outbox lease does. */
const TOTAL_TIMEOUT_MS = 60_000;

/**
 * Sends over one connection per mail. Certificates are verified; STARTTLS is used wherever the server offers it.
 * @param url `smtp://user:pass@host:port`, or `smtps://` for TLS from the first byte
 */
export function smtpTransport(url: string): MailTransport {
  const transporter = createTransport({
    url,
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    dnsTimeout: STEP_TIMEOUT_MS,
  });
  const closing = new AbortController();
  return {
    async send(mail) {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(TOTAL_TIMEOUT_MS)]);
      await transporter.sendMail({ ...compose(mail), signal });
    },
    close() {
      closing.abort();
      transporter.close();
    },
  };
}
