// BIO.RE's refresh token in its documented cookie: no script can read it, and no request from another site carries it.

import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import type { TokenPair } from '../tokens/token-pairs.js';

export interface RefreshCookie {
  read(req: Request): string | undefined;
  set(res: Response, pair: TokenPair): void;
  forget(res: Response): void;
}

/** The documented name; a prefix such as `__Host-` has no place in it. */
const NAME = 'biore_refresh';

/** What a refresh token of ours is never longer than. */
const LONGEST = 4096;

export function createRefreshCookie(baseUrl: string): RefreshCookie {
  const options: CookieOptions = { httpOnly: true, secure: baseUrl.startsWith('https:'), sameSite: 'strict', path: '/' };
  return {
    read(req) {
      const token = parse(req.headers.cookie ?? '')[NAME];
      return token === undefined || token === '' || token.length > LONGEST ? undefined : token;
    },
    set(res, { refreshToken, refreshExpires }) {
      res.cookie(NAME, refreshToken, { ...options, maxAge: Math.max(0, refreshExpires.getTime() - Date.now()) });
    },
    forget(res) {
      res.cookie(NAME, '', { ...options, maxAge: 0 });
    },
  };
}
