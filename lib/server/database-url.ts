// DATABASE_URL: its TLS parameters, under the names that any of the usual clients uses.

import { readFileSync } from 'node:fs';
import { isRecord } from '../support/closed-object.js';
import { systemErrorCode } from './development-secret.js';

/** `offered`: TLS where the server has it, checked by nobody. `chain`: the certificate, `host`: the server's name in it, too. */
export type TlsDemand = 'none' | 'offered' | 'encrypted' | 'chain' | 'host';

/** PEM texts, and what else the driver's own `ssl` may say. */
export type TlsMaterial = Readonly<Record<string, string | boolean>>;

export interface DatabaseTls {
  readonly demand: TlsDemand;
  readonly material: TlsMaterial;
}

export interface DatabaseUrl {
  /** Without what it says of TLS. */
  readonly url: string;
  readonly tls: DatabaseTls;
}

/** libpq's `sslmode` and MySQL's `ssl-mode`; `no-verify` is node-postgres's. */
const MODES: ReadonlyMap<string, TlsDemand> = new Map([
  ['disable', 'none'],
  ['disabled', 'none'],
  ['allow', 'offered'],
  ['prefer', 'offered'],
  ['preferred', 'offered'],
  ['require', 'encrypted'],
  ['required', 'encrypted'],
  ['no-verify', 'encrypted'],
  ['verify-ca', 'chain'],
  ['verify-full', 'host'],
  ['verify-identity', 'host'],
]);

const MODE = `expected in sslmode or ssl-mode one of ${[...MODES.keys()].join(', ')}`;
const SSL = 'expected in ssl true, false, or an object in JSON such as {"rejectUnauthorized":true}';

/** By the driver's name of the text, who writes which file. */
const FILES = {
  ca: ['sslrootcert', 'ssl-ca'],
  cert: ['sslcert', 'ssl-cert'],
  key: ['sslkey', 'ssl-key'],
} as const;

const FLAGS: ReadonlyMap<string, TlsDemand> = new Map([
  ['true', 'host'],
  ['1', 'host'],
  ['false', 'none'],
  ['0', 'none'],
]);

class Wrong extends Error {}

function takeFrom(query: URLSearchParams): (...names: readonly string[]) => string | undefined {
  return (...names) => {
    const found = [...query.keys()].find((key) => names.includes(key.toLowerCase().replaceAll('_', '-')));
    const value = found === undefined ? undefined : (query.get(found) ?? undefined);
    if (found !== undefined) query.delete(found);
    return value;
  };
}

function readPem(name: string, file: string | undefined): string | undefined {
  // Node trusts the system's own authorities anyway.
  if (file === undefined || file === '' || file === 'system') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Wrong(`expected in ${name} a file that can be read (${systemErrorCode(error)})`);
  }
}

function readFlag(ssl: string): DatabaseTls {
  const demand = FLAGS.get(ssl.toLowerCase());
  if (demand !== undefined) return { demand, material: {} };
  let given: unknown;
  try {
    given = JSON.parse(ssl);
  } catch {
    throw new Wrong(SSL);
  }
  if (!isRecord(given) || !Object.values(given).every((value) => typeof value === 'string' || typeof value === 'boolean'))
    throw new Wrong(SSL);
  return { demand: given.rejectUnauthorized === false ? 'encrypted' : 'host', material: given as TlsMaterial };
}

/** As libpq has it: who names an authority wants it asked. */
const withAuthority = (demand: TlsDemand, ca: string | undefined): TlsDemand =>
  demand === 'encrypted' && ca !== undefined ? 'chain' : demand;

function readTls(query: URLSearchParams): DatabaseTls {
  const take = takeFrom(query);
  const [ssl, mode, sslMode] = [take('ssl'), take('sslmode'), take('ssl-mode')];
  take('uselibpqcompat');
  const pems = Object.entries(FILES).flatMap(([key, names]) => {
    const pem = readPem(names[0], take(...names));
    return pem === undefined ? [] : [[key, pem] as const];
  });
  const flagged = ssl === undefined ? undefined : readFlag(ssl);
  const material = { ...flagged?.material, ...Object.fromEntries(pems) };
  const said = sslMode ?? mode;
  if (said === undefined) return { demand: flagged?.demand ?? (pems.length > 0 ? 'chain' : 'none'), material };
  const demand = MODES.get(said.toLowerCase().replaceAll('_', '-'));
  if (demand === undefined) throw new Wrong(MODE);
  return {
    demand: said === 'no-verify' ? demand : withAuthority(demand, typeof material.ca === 'string' ? material.ca : undefined),
    material,
  };
}

/** What is wrong with what a URL says of TLS; undefined where nothing is. No value is quoted. */
export function mistakeInTls(text: string): string | undefined {
  try {
    readDatabaseUrl(text);
    return undefined;
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  }
}

/**
 * Understood are `ssl` (true, false, the driver's object in JSON), libpq's `sslmode`, `sslrootcert`, `sslcert`, `sslkey` and MySQL's
 * `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`; other parameters stay in the URL.
 * @throws Error that says what was expected
 */
export function readDatabaseUrl(text: string): DatabaseUrl {
  if (text.startsWith('sqlite:') || !URL.canParse(text)) return { url: text, tls: { demand: 'none', material: {} } };
  const url = new URL(text);
  const before = url.search;
  const tls = readTls(url.searchParams);
  return { url: url.search === before ? text : url.href, tls };
}
