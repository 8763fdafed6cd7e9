// The session that a request's cookie names, as it is stored: most requests only read it, and only those that change it load
// express-session.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { parse } from 'cookie';
import type { Request } from 'express';
import type { SessionData, Store } from 'express-session';

export interface SentSession {
  /** The id that the browser sent, its signature checked. */
  readonly id: string;
  /** Undefined for one that is not kept, or no longer. */
  readonly record: SessionData | undefined;
}

export interface SentSessionOptions {
  readonly store: Pick<Store, 'get'>;
  readonly secret: string;
  readonly cookieName: string;
}

/** As express-session signs it: `s:`, the id, a dot and its HMAC-SHA256 in Base64. */
function signedId(value: string | undefined, secret: string): string | undefined {
  const [, id, signature] = /^s:(.*)\.([^.]*)$/.exec(value ?? '') ?? [];
  if (id === undefined || signature === undefined) return undefined;
  const right = Buffer.from(createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, ''));
  const given = Buffer.from(signature);
  return given.length === right.length && timingSafeEqual(given, right) ? id : undefined;
}

export interface SentSessions {
  /** Reads it once per request; undefined where none was sent. @throws what the store throws */
  of(req: Request): Promise<SentSession | undefined>;
  /** It was read for this request. */
  isAsked(req: Request): boolean;
}

export function createSentSessions({ store, secret, cookieName }: SentSessionOptions): SentSessions {
  const asked = new WeakMap<Request, Promise<SentSession | undefined>>();
  const get = promisify((id: string, done: (error: unknown, record?: SessionData | null) => void) => store.get(id, done));

  async function ask(req: Request): Promise<SentSession | undefined> {
    const id = signedId(parse(req.headers.cookie ?? '')[cookieName], secret);
    return id === undefined ? undefined : { id, record: (await get(id)) ?? undefined };
  }

  return {
    isAsked: (req) => asked.has(req),
    of(req) {
      const sent = asked.get(req) ?? ask(req);
      asked.set(req, sent);
      return sent;
    },
  };
}
