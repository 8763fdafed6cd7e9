// A mail in nodemailer's form: one recipient, headers that cannot be injected, the same Message-ID on every attempt.

import { createHash } from 'node:crypto';
import type * as Nodemailer from 'nodemailer';
import type { SendMailOptions } from 'nodemailer';
import { isEmailAddress } from '../accounts/keys.js';
import { optionalPackage } from '../support/optional-package.js';
import type { Mail } from './transport.js';

const PLAIN_ID = /^[\w-]{1,100}$/;

function assertSendable({ id, to }: Mail): void {
  if (!PLAIN_ID.test(id)) throw new TypeError('The mail id must be 1 to 100 letters, digits, "_" or "-"');
  if (!isEmailAddress(to)) throw new TypeError('The recipient must be exactly one bare address');
}

/** The id alone may repeat between two installations that share a sender's domain; the digest tells them apart. */
function messageId({ id, from, to, subject }: Mail): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([id, from, to, subject]))
    .digest('hex')
    .slice(0, 24);
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<${id}.${digest}@${domain}>`;
}

/**
 * The message for nodemailer.
 * @throws TypeError when `to` is not one bare address or `id` not a plain name
 */
export function compose(mail: Mail): SendMailOptions {
  assertSendable(mail);
  const { from, to, subject, text, html } = mail;
  return {
    from,
    // As an object the address is never parsed again.
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId: messageId(mail),
    // RFC 3834, section 5: no out-of-office note comes back.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** @throws Error that says what to install */
export const nodemailer = (): typeof Nodemailer => optionalPackage('nodemailer', 'Sending mail', '10');
