// One notice from an action to the page that follows it, shown once.

import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { ownCookie } from './own-cookie.js';

/** `provider` is an id. */
export interface FlashMessage {
  readonly kind:
    | 'linked'
    | 'unlinked'
    | 'password_set'
    | 'password_removed'
    | 'password_reset'
    | 'address_asked'
    | 'address_confirmed'
    | 'signed_out'
    | 'session_ended'
    | 'other_sessions_ended'
    | 'other_account';
  readonly provider?: string;
}

export interface FlashCookie {
  leave(res: Response, notice: FlashMessage): void;
  /** Reads it and has the browser forget it. */
  take(req: Request, res: Response): FlashMessage | undefined;
}

/** Long enough for a redirect. Milliseconds. */
const TTL_MS = 60_000;

/** Whoever could plant one could still choose from these words only. */
const NOTICE =
  /^(?:(linked|unlinked):([a-z][a-z0-9-]{0,63})|(password_set|password_removed|password_reset|address_asked|address_confirmed|signed_out|session_ended|other_sessions_ended|other_account))$/;

export function createFlashCookie(baseUrl: string): FlashCookie {
  const { name, options } = ownCookie(baseUrl, 'notice');
  return {
    leave(res, { kind, provider }) {
      res.cookie(name, provider === undefined ? kind : `${kind}:${provider}`, { ...options, maxAge: TTL_MS });
    },
    take(req, res) {
      const text = parse(req.headers.cookie ?? '')[name];
      if (text === undefined) return undefined;
      res.clearCookie(name, options);
      const [, kind, provider, plain] = NOTICE.exec(text) ?? [];
      if (plain !== undefined) return { kind: plain as FlashMessage['kind'] };
      return kind === undefined || provider === undefined ? undefined : { kind: kind as FlashMessage['kind'], provider };
    },
  };
}
