// One message from an action to the page that follows it, shown once.

import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { ownCookie } from './own-cookie.js';

const OF_PROVIDER = ['linked', 'unlinked'] as const;
const PLAIN = [
  'password_set',
  'password_removed',
  'password_reset',
  'address_asked',
  'address_confirmed',
  'signed_out',
  'session_ended',
  'other_sessions_ended',
  'other_account',
] as const;

type OfProvider = (typeof OF_PROVIDER)[number];
type Plain = (typeof PLAIN)[number];

/** What there is to tell, once. In the cookie `provider` is an id, and on a page the display name. */
export type FlashMessage = { readonly kind: OfProvider; readonly provider: string } | { readonly kind: Plain };

const isOf = <K extends string>(kinds: readonly K[], kind: string): kind is K => kinds.some((one) => one === kind);

export interface FlashCookie {
  leave(res: Response, message: FlashMessage): void;
  /** Reads it and has the browser forget it. */
  take(req: Request, res: Response): FlashMessage | undefined;
}

/** Long enough for a redirect. Milliseconds. */
const TTL_MS = 60_000;

/** Whoever could plant one could still choose from these words only. */
function messageIn(text: string): FlashMessage | undefined {
  const [, kind = '', provider] = /^([a-z_]+)(?::([a-z][a-z0-9-]{0,63}))?$/.exec(text) ?? [];
  if (provider === undefined) return isOf(PLAIN, kind) ? { kind } : undefined;
  return isOf(OF_PROVIDER, kind) ? { kind, provider } : undefined;
}

export function createFlashCookie(baseUrl: string): FlashCookie {
  const { name, options } = ownCookie(baseUrl, 'notice');
  return {
    leave(res, message) {
      const text = 'provider' in message ? `${message.kind}:${message.provider}` : message.kind;
      res.cookie(name, text, { ...options, maxAge: TTL_MS });
    },
    take(req, res) {
      const text = parse(req.headers.cookie ?? '')[name];
      if (text === undefined) return undefined;
      res.clearCookie(name, options);
      return messageIn(text);
    },
  };
}
