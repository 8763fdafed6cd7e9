// The environment variables of the standalone server, with the form and default of each.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { mistakeInTls } from './database-url.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** An empty variable is one that is not set: compose files and CI write them so. */
export function variable(env: NodeJS.ProcessEnv, key: string): string | undefined {
  const value = env[key];
  return value === '' ? undefined : value;
}

/** Absolute, so that a later change of directory moves nothing. */
export function dataDirOf(env: NodeJS.ProcessEnv): string {
  return resolve(variable(env, 'DATA_DIR') ?? './data');
}

function matching(isRight: (text: string) => boolean, expected: string) {
  return z.string().refine(isRight, { error: expected });
}

function wholeNumber(highest: number, expected: string) {
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected })
    .transform(Number)
    .refine((value) => value <= highest, { error: expected });
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text);
}

/** A URL of one of these schemes that names a server. */
function isServerUrl(text: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return schemes.includes(protocol) && hostname !== '';
}

const DATABASE_SERVERS: readonly string[] = ['mysql:', 'mariadb:', 'postgres:', 'postgresql:'];

/** A database in memory is refused: each connection of the pool would see one of its own. */
function isDatabaseUrl(text: string): boolean {
  if (text.startsWith('sqlite:')) return !['', ':memory:', '//', '//:memory:'].includes(text.slice('sqlite:'.length));
  return isServerUrl(text, DATABASE_SERVERS) && new URL(text).pathname.length > 1;
}

/** RFC 5322, section 3.4, as far as a sender needs it: `a@b` or `Name <a@b>`, on one line. */
function isMailbox(text: string): boolean {
  return !/\p{Cc}/u.test(text) && /^(?:[^<>]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(text);
}

const schema = z.object({
  HOST: matching(isHost, 'expected a host name or an IP address').default('127.0.0.1'),
  PORT: wholeNumber(65_535, 'expected a whole number from 0 (any free port) to 65535').default(3000),
  DATABASE_URL: matching(
    isDatabaseUrl,
    'expected sqlite:FILE, or mysql://, mariadb:// or postgres:// with host and database (sqlite in memory is not supported)',
  )
    .superRefine((text, context) => {
      const message = mistakeInTls(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  REDIS_URL: matching((text) => isServerUrl(text, ['redis:', 'rediss:']), 'expected redis:// or rediss:// with a host').optional(),
  SMTP_URL: matching((text) => isServerUrl(text, ['smtp:', 'smtps:']), 'expected smtp:// or smtps:// with a host').optional(),
  MAIL_FROM: matching(isMailbox, 'expected an e-mail address, or a name and an address in angle brackets').default('no-reply@localhost'),
  TRUST_PROXY: wholeNumber(100, 'expected the number of reverse proxies, 0 to 100 (true would believe a forged X-Forwarded-For)').default(
    0,
  ),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` }).default('info'),
});

/** Checks the variables that stand for themselves; the others depend on these or on the file. */
export function checkVariables(env: NodeJS.ProcessEnv) {
  return schema.safeParse(Object.fromEntries(Object.keys(schema.shape).map((key) => [key, variable(env, key)])));
}
