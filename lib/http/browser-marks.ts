// Cookies by which a browser is recognized, proven by the secret; they sign nobody in. They say which accounts it has signed in to, so that
// strangers' wrong passwords do not close the password door for it (OWASP, device cookies), and which families of tokens it was given.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { deriveKey } from '../tokens/keys.js';
import { ownCookie } from './own-cookie.js';
import { factsOf } from './request-facts.js';

export interface DeviceCookie {
  /** The browser shows something of the kind; whose it is, only the accounts tell. */
  isShown(req: Request): boolean;
  /** The id of this browser as a device of one of the accounts; undefined for a stranger. */
  deviceOf(req: Request, accounts: readonly string[]): string | undefined;
  /** This browser has signed in to the account. */
  remember(req: Request, res: Response, account: string): void;
}

const LIFE_MS = 180 * 24 * 60 * 60 * 1000;
/** A browser of several people: the latest of them are remembered. */
const MAX_ACCOUNTS = 5;

/** One entry for each account: a random id, when it was given in seconds, and the proof that it was given to this account. */
const ENTRY = /^([\w-]{22})\.(\d{10})\.([\w-]{43})$/;

interface Entry {
  readonly text: string;
  readonly id: string;
  readonly at: string;
  readonly proof: string;
}

function isYoung({ at }: Entry): boolean {
  const age = Date.now() - Number(at) * 1000;
  return age < LIFE_MS && age > -LIFE_MS;
}

export function createDeviceCookie(baseUrl: string, secret: string): DeviceCookie {
  const { name, options } = ownCookie(baseUrl, 'device');
  const key = deriveKey(secret, 'device cookie');
  const prove = (account: string, id: string, at: string) => createHmac('sha256', key).update(`${id}\n${at}\n${account}`).digest();

  function entriesOf(req: Request): readonly Entry[] {
    const texts = (parse(req.headers.cookie ?? '')[name] ?? '').split('~').slice(0, MAX_ACCOUNTS);
    const entries = texts.flatMap((text): Entry[] => {
      const [, id, at, proof] = ENTRY.exec(text) ?? [];
      return id === undefined || at === undefined || proof === undefined ? [] : [{ text, id, at, proof }];
    });
    return entries.filter(isYoung);
  }

  const isOf =
    (account: string) =>
    ({ id, at, proof }: Entry) =>
      timingSafeEqual(prove(account, id, at), Buffer.from(proof, 'base64url'));

  return {
    isShown: (req) => entriesOf(req).length > 0,
    deviceOf: (req, accounts) => entriesOf(req).find((entry) => accounts.some((account) => isOf(account)(entry)))?.id,
    remember(req, res, account) {
      const others = entriesOf(req).filter((entry) => !isOf(account)(entry));
      const [id, at] = [randomBytes(16).toString('base64url'), String(Math.floor(Date.now() / 1000))];
      const own = `${id}.${at}.${prove(account, id, at).toString('base64url')}`;
      const texts = [own, ...others.map(({ text }) => text)].slice(0, MAX_ACCOUNTS);
      res.cookie(name, texts.join('~'), { ...options, maxAge: LIFE_MS });
    },
  };
}

export interface FamilyCookie {
  /** Whether this browser was given tokens of the family. */
  has(req: Request, family: string): boolean;
  /** Notes that this browser is given tokens of the family; nothing for any other client. */
  note(req: Request, res: Response, family: string): void;
}

export interface FamilyCookieOptions {
  readonly baseUrl: string;
  readonly secret: string;
  /** As long as a refresh token lives. */
  readonly maxAgeMs: number;
}

/** Sign-ins of one browser that go on side by side: the latest ones. */
const MAX_FAMILIES = 5;
/** 128 bits of base64url. */
const MARK = /^[\w-]{22}$/;

export function createFamilyCookie({ baseUrl, secret, maxAgeMs }: FamilyCookieOptions): FamilyCookie {
  const { name, options } = ownCookie(baseUrl, 'family');
  const key = deriveKey(secret, 'family cookie');
  /** Says nothing to whoever reads it, and cannot be made without the secret. */
  const markOf = (family: string) => createHmac('sha256', key).update(family).digest().subarray(0, 16).toString('base64url');
  const marks = (req: Request) => (parse(req.headers.cookie ?? '')[name] ?? '').split('.').filter((mark) => MARK.test(mark));
  const isMark = (mark: string) => (other: string) => timingSafeEqual(Buffer.from(mark), Buffer.from(other));
  return {
    has: (req, family) => marks(req).some(isMark(markOf(family))),
    note(req, res, family) {
      if (!factsOf(req).fromBrowser) return;
      const mark = markOf(family);
      const others = marks(req).filter((other) => other !== mark);
      res.cookie(name, [mark, ...others].slice(0, MAX_FAMILIES).join('.'), { ...options, maxAge: maxAgeMs });
    },
  };
}
