// Mails as files, for development and for a host that picks them up by other means.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compose, nodemailer } from './compose.js';
import type { MailTransport } from './transport.js';

/** Mails name people and addresses, so only the owner may read them. */
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** A program that reads the folder never sees half a mail: a file gets its name when it is complete. */
async function writeWhole(path: string, content: Buffer): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(unfinished, content, { mode: OWNER_ONLY_FILE });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * Writes each mail to `folder/<outbox id>.eml`; the same id again replaces the file.
 * @param folder made when the first mail is written
 */
export function fileTransport(folder: string): MailTransport {
  const transporter = nodemailer().createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(mail) {
      const { message } = await transporter.sendMail(compose(mail));
      if (!Buffer.isBuffer(message)) throw new TypeError('Expected the whole message in memory');
      const path = join(folder, `${mail.id}.eml`);
      try {
        await writeWhole(path, message);
      } catch (error) {
        if (!isMissing(error)) throw error;
        await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
        await writeWhole(path, message);
      }
    },
    close: () => undefined,
  };
}
