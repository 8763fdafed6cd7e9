// Cookie sessions: who is signed in in a browser, with a new session id whenever that changes (OWASP ASVS 5.0, 7.2.4).

import { promisify } from 'node:util';
import type { Request, Response } from 'express';
import type { Session, SessionData } from 'express-session';
import { toUnavailable } from '../accounts/errors.js';
import type { SessionRepository } from '../accounts/session-ports.js';
import { factsOf } from '../http/request-facts.js';
import { describeError, type Logger } from '../support/logger.js';
import type { Carrier, SessionCarriers, SessionContent } from './session-carrier.js';

export interface CookieSessionsOptions {
  readonly carriers: SessionCarriers;
  /** Two installations may share a host's session; each has a place of its own in it. */
  readonly realm: string;
  readonly sessions: Pick<SessionRepository, 'revoke'>;
  /** Makes the browser forget the cookie of ours. */
  forget(res: Response): void;
}

/** Every method that gives a promise throws LatchkeyError `unavailable` when the store fails. */
export interface CookieSessions {
  /** Sessions hang on the host's own express-session, which no browser shows on the way from another site (`SameSite=Strict`). */
  isStrict(req: Request): boolean;
  /** Whom the browser's session names, if anyone. */
  read(req: Request): Promise<SessionContent | undefined>;
  /**
   * Signs the browser in under a new id, and ends the sign-in it had before, if that is another. Settles once the session is saved.
   * `keep`: the person is the same as before, so what the host keeps in the session stays.
   */
  begin(req: Request, res: Response, content: SessionContent, options: { readonly keep: boolean }): Promise<void>;
  /** Gives the session a new id; does nothing for a browser that has none. */
  renew(req: Request, res: Response): Promise<void>;
  /** Signs the browser out: the sign-in is over in the database, whatever other requests may still write. */
  end(req: Request, res: Response): Promise<void>;
}

type OpenedSession = NonNullable<Carrier['session']>;

function opened({ session }: Carrier): OpenedSession {
  if (session === undefined) throw new TypeError('The session middleware has left no session');
  return session;
}

const isPlace = (key: string) => key === 'latchkey' || key.startsWith('latchkey:');

const regenerate = (session: Session) => promisify((done: (error?: unknown) => void) => session.regenerate(done))();
const save = (session: Session) => promisify((done: (error?: unknown) => void) => session.save(done))();
const destroy = (session: Session) => promisify((done: (error?: unknown) => void) => session.destroy(done))();

export function createCookieSessions({ carriers, realm, sessions, forget }: CookieSessionsOptions): CookieSessions {
  const place = realm === '' ? 'latchkey' : (`latchkey:${realm}` as const);
  const othersOf = (content: object) => Object.fromEntries(Object.entries(content).filter(([key]) => isPlace(key) && key !== place));
  const contentOf = (session: Partial<SessionData> | undefined) => session?.[place as 'latchkey'];

  /** `added` comes to what is kept; express-session makes the rest anew. */
  async function replace(
    carrier: Carrier,
    { keep, added }: { readonly keep: boolean; readonly added: SessionContent | undefined },
  ): Promise<void> {
    const { cookie, ...content } = { ...opened(carrier) };
    const signedIn = added ?? contentOf(opened(carrier));
    if (signedIn !== undefined) carriers.nameNext(carrier, signedIn.sessionId);
    try {
      await regenerate(opened(carrier));
      const fresh = opened(carrier);
      Object.assign(fresh, keep ? content : othersOf(content));
      if (keep) {
        // How long the host has this person remembered.
        Object.assign(fresh.cookie, { maxAge: cookie.originalMaxAge });
      }
      if (added !== undefined) Object.assign(fresh, { [place]: added });
      await save(fresh);
      carriers.settle(carrier);
    } catch (error) {
      // express-session would send the cookie all the same, and try once more to save when the answer is under way.
      delete carrier.session;
      throw error;
    }
  }

  return {
    isStrict: carriers.isStrict,
    read: (req) => toUnavailable(async () => contentOf(await carriers.peek(req))),
    begin: (req, res, added, { keep }) =>
      toUnavailable(async () => {
        const carrier = await carriers.of(req, res);
        const before = contentOf(opened(carrier));
        await replace(carrier, { keep, added });
        if (before !== undefined && before.sessionId !== added.sessionId) await sessions.revoke(before.sessionId, new Date());
      }),
    renew: (req, res) =>
      toUnavailable(async () => {
        const carrier = await carriers.of(req, res);
        if (contentOf(carrier.session) !== undefined || carriers.isHosts(req)) await replace(carrier, { keep: true, added: undefined });
      }),
    end: (req, res) =>
      toUnavailable(async () => {
        const carrier = await carriers.of(req, res);
        const before = contentOf(carrier.session)?.sessionId ?? carriers.namedBy(carrier);
        if (before !== undefined) await sessions.revoke(before, new Date());
        if (carriers.isHosts(req)) await regenerate(opened(carrier));
        else {
          if (before !== undefined) await destroy(opened(carrier));
          forget(res);
        }
      }),
  };
}

/** Never throws: the change is committed, and an answer that denies it would be wrong. */
export type RenewSession = (req: Request, res: Response) => Promise<void>;

export function createRenewSession(cookieSessions: Pick<CookieSessions, 'renew'>, logger: Logger): RenewSession {
  return async (req, res) => {
    const { signedIn, context } = factsOf(req);
    if (signedIn === undefined || signedIn.by === 'token') return;
    try {
      await cookieSessions.renew(req, res);
    } catch (error) {
      logger.warn({ err: describeError(error), correlationId: context.correlationId }, 'a session could not be given a new id');
    }
  };
}
