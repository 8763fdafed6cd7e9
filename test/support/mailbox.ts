// The mail that a server has written into its folder, as its readers see it.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from './server.js';

export interface ReadMail {
  readonly to: string;
  readonly subject: string;
  /** The plain part, decoded. */
  readonly text: string;
  readonly html: string;
}

function decoded(encoding: string, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** RFC 2047. */
function decodedHeader(text: string): string {
  const words = text.replace(/\?=\s+=\?/g, '?==?').split(/(=\?[^?]+\?[BbQq]\?[^?]*\?=)/);
  return words
    .map((word) => {
      const [, kind = '', content = ''] = /^=\?[^?]+\?([BbQq])\?([^?]*)\?=$/.exec(word) ?? [];
      if (kind === '') return word;
      return kind.toUpperCase() === 'B' ? decoded('base64', content) : decoded('quoted-printable', content.replaceAll('_', ' '));
    })
    .join('');
}

function partOf(message: string, type: string): string {
  const boundary = /boundary="([^"]+)"/.exec(message)?.[1] ?? '';
  const part = message.split(`--${boundary}`).find((each) => each.toLowerCase().includes(`content-type: ${type}`)) ?? '';
  const [head = '', ...body] = part.split('\r\n\r\n');
  return decoded(/content-transfer-encoding: (\S+)/i.exec(head)?.[1]?.toLowerCase() ?? '', body.join('\r\n\r\n')).replaceAll('\r\n', '\n');
}

function read(message: string): ReadMail {
  const head = (message.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
  return {
    to: header('To'),
    subject: decodedHeader(header('Subject')),
    text: partOf(message, 'text/plain'),
    html: partOf(message, 'text/html'),
  };
}

/** Of several servers on one database either may send a mail. */
type Senders = Server | readonly Server[];

/** All there is at present to one address, in no order. */
export async function mailTo(senders: Senders, address: string): Promise<readonly ReadMail[]> {
  const servers = Array.isArray(senders) ? (senders as readonly Server[]) : [senders as Server];
  return (await Promise.all(servers.map((server) => mailIn(join(server.dataDir, 'mail'), address)))).flat();
}

async function mailIn(folder: string, address: string): Promise<readonly ReadMail[]> {
  const files = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(files.map(async (name) => read(await readFile(join(folder, name), 'utf8'))));
  return mails.filter(({ to }) => to === address);
}

/** Waits until so many mails to the address have come that `fits`, and gives the one that was not there before. */
export async function nextMail(
  senders: Senders,
  address: string,
  seen: readonly ReadMail[],
  fits = (_mail: ReadMail) => true,
): Promise<ReadMail> {
  const known = new Set(seen.map(({ text }) => text));
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(40)) {
    const mail = (await mailTo(senders, address)).find((each) => !known.has(each.text) && fits(each));
    if (mail !== undefined) return mail;
  }
  throw new Error(`No mail came to ${address}`);
}

/** Where the link of a mail leads. */
export function linkOf({ text }: ReadMail): URL {
  const [url] = /^https?:\/\/\S+$/m.exec(text) ?? [];
  if (url === undefined) throw new Error(`There is no link in: ${text}`);
  return new URL(url);
}

export const tokenOf = (mail: ReadMail): string => linkOf(mail).searchParams.get('token') ?? '';
