// Which families of tokens a browser was given: its other tabs are told from whoever copied a used token.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { deriveKey } from '../tokens/keys.js';
import { ownCookie } from './own-cookie.js';
import { factsOf } from './request-facts.js';

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
