// One notice from an action to the page that follows it, shown once.

import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';

/** `provider` is an id. */
export interface KeptNotice {
  readonly kind: 'linked' | 'unlinked' | 'password_set' | 'password_removed' | 'signed_out';
  readonly provider?: string;
}

export interface NoticeCookie {
  leave(res: Response, notice: KeptNotice): void;
  /** Reads it and has the browser forget it. */
  take(req: Request, res: Response): KeptNotice | undefined;
}

/** Long enough for a redirect. Milliseconds. */
const TTL_MS = 60_000;

/** Whoever could plant one could still choose from these words only. */
const NOTICE = /^(?:(linked|unlinked):([a-z][a-z0-9-]{0,63})|(password_set|password_removed|signed_out))$/;

export function createNoticeCookie(baseUrl: string): NoticeCookie {
  const secure = baseUrl.startsWith('https:');
  const name = secure ? '__Host-latchkey-notice' : 'latchkey-notice';
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure, path: '/' };
  return {
    leave(res, { kind, provider }) {
      res.cookie(name, provider === undefined ? kind : `${kind}:${provider}`, { ...options, maxAge: TTL_MS });
    },
    take(req, res) {
      const text = parse(req.headers.cookie ?? '')[name];
      if (text === undefined) return undefined;
      res.clearCookie(name, options);
      const [, kind, provider, plain] = NOTICE.exec(text) ?? [];
      if (plain !== undefined) return { kind: plain as KeptNotice['kind'] };
      return kind === undefined || provider === undefined ? undefined : { kind: kind as KeptNotice['kind'], provider };
    },
  };
}
