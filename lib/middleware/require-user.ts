// Who signs the request: a Bearer token of ours, else the host's own session or our cookie session; and how long ago the person signed in.

import type { Request, RequestHandler } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import type { AccountRepository } from '../accounts/ports.js';
import type { SessionRepository } from '../accounts/session-ports.js';
import { assertActive, isAlive, isIdle, type LiveSessions } from '../accounts/sessions.js';
import { factsOf, type SignedInUser, signedInOf } from '../http/request-facts.js';
import type { CookieSessions } from '../sessions/cookie-sessions.js';
import type { Jwts } from '../tokens/jwt.js';
import type { PublicIds } from '../tokens/public-ids.js';
import { handleAsync } from './respond.js';

/** The id of the user that the host's own session has signed in, if any. */
export type HostUser = (req: Request) => string | number | undefined | null;

/** `req.user`, as Passport leaves it, by the attribute that users are found by. */
export function passportUser(idAttribute: string): HostUser {
  return (req) => (req as { user?: unknown } as { user?: Record<string, string | number> }).user?.[idAttribute];
}

export interface AuthenticationOptions {
  readonly repository: AccountRepository;
  readonly liveSessions: LiveSessions;
  readonly sessions: Pick<SessionRepository, 'touch' | 'revoke'>;
  readonly cookieSessions: Pick<CookieSessions, 'read'>;
  readonly jwts: Jwts;
  readonly publicIds: PublicIds;
  readonly hostUser: HostUser;
  readonly idleTtlMs: number;
}

export interface Authentication {
  /** Passes anonymous requests on. */
  readonly optionalUser: RequestHandler;
  /** `unauthenticated` for anonymous requests. */
  readonly requireUser: RequestHandler;
  /** The user of an access token that stands elsewhere than in the header; undefined also for one whose session is over. */
  userOfToken(token: string): Promise<SignedInUser | undefined>;
  /** Whom a family of tokens signs in, for what was made in it and comes without a token; undefined when it is over. */
  userOfFamily(userId: string, sessionId: string): Promise<SignedInUser | undefined>;
}

/** How often at most it is written down that a session is still in use, in milliseconds. */
const TOUCH_EVERY_MS = 60_000;

/** With the scheme `Bearer`, with no space after it, or raw: clients of the three APIs send all of these. Any other scheme is the host's. */
function tokenOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^\s*(?:Bearer(?:\s+|(?=ey)))?(\S+)\s*$/i.exec(header)?.[1];
}

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { repository, liveSessions, sessions, cookieSessions, jwts, publicIds, hostUser, idleTtlMs } = options;
  const touchEveryMs = Math.min(TOUCH_EVERY_MS, idleTtlMs / 4);

  async function userOfFamily(userId: string, sessionId: string): Promise<SignedInUser | undefined> {
    const found = await liveSessions.find(userId, { id: sessionId, idles: false });
    return found === undefined ? undefined : { ...found, by: 'token' };
  }

  async function userOfToken(token: string): Promise<SignedInUser | undefined> {
    const claims = await jwts.verifyAccess(token);
    const userId = claims === undefined ? undefined : publicIds.userId(claims.sub);
    return claims === undefined || userId === undefined ? undefined : await userOfFamily(userId, claims.root_token_id);
  }

  /** The row decides, not the cookie's record: what was ended stays dead, whatever a slow request still writes. */
  async function living(userId: string, sessionId: string | undefined): Promise<SignedInUser | undefined> {
    const found = await repository.findAccount(userId, sessionId);
    if (found === undefined) return undefined;
    const { account, session } = found;
    const alive = isAlive(session) && !isIdle(session, idleTtlMs);
    return { account, session: alive ? session : undefined, by: 'cookie' };
  }

  async function userOfBrowser(req: Request): Promise<SignedInUser | undefined> {
    const content = await cookieSessions.read(req);
    const hostId = hostUser(req) ?? undefined;
    if (hostId === undefined) {
      // Who leaves the host, and keeps the session, is signed out.
      const signsIn = content !== undefined && content.proofOnly !== true;
      const found = signsIn ? await living(content.userId, content.sessionId) : undefined;
      return found?.session === undefined ? undefined : found;
    }
    // The host says who is signed in; a sign-in of ours only tells when that person last proved it.
    const found = await living(String(hostId), content?.userId === String(hostId) ? content.sessionId : undefined);
    return found === undefined ? undefined : { ...found, by: 'host' };
  }

  async function authenticate(req: Request): Promise<SignedInUser | undefined> {
    const token = tokenOf(req.get('authorization'));
    if (token === undefined) return userOfBrowser(req);
    const signedIn = await userOfToken(token);
    const isOurs = signedIn !== undefined || (await jwts.isOurs(token));
    factsOf(req).token = isOurs ? 'ours' : 'foreign';
    return isOurs ? signedIn : userOfBrowser(req);
  }

  /** A ban ends the session that is met, so that lifting the ban does not bring it back; of a token that was seen to already. */
  async function keepUp({ account, session, by }: SignedInUser): Promise<void> {
    if (session === undefined || by === 'token') return;
    if (account.user.status !== 'active') await sessions.revoke(session.id, new Date());
    else if (Date.now() - session.lastSeenAt.getTime() > touchEveryMs) await sessions.touch(session.id, new Date());
  }

  const middleware = (required: boolean): RequestHandler =>
    handleAsync(async (req, _res, next) => {
      const signedIn = await authenticate(req);
      factsOf(req).signedIn = signedIn;
      if (signedIn !== undefined) {
        await keepUp(signedIn);
        assertActive(signedIn.account.user);
      }
      if (signedIn === undefined && required) throw new LatchkeyError('unauthenticated');
      next();
    });

  return { optionalUser: middleware(false), requireUser: middleware(true), userOfToken, userOfFamily };
}

/** When the person signed in by the host's own session; undefined where the host does not know. */
export type HostSignInTime = (req: Request) => Date | undefined;

/** `reauthentication_required` unless the person signed in within `withinMs`; undefined asks nothing. */
export function recentSignIn(withinMs: number | undefined, hostSignInTime: HostSignInTime = () => undefined): RequestHandler {
  function signedInAt(req: Request): Date | undefined {
    const { session, by } = signedInOf(req);
    const times = [
      session?.revokedAt === undefined ? session?.authenticatedAt : undefined,
      by === 'host' ? hostSignInTime(req) : undefined,
    ];
    return times.filter((time) => time !== undefined).sort((a, b) => b.getTime() - a.getTime())[0];
  }

  return (req, _res, next) => {
    if (withinMs === undefined) return next();
    const at = signedInAt(req);
    const recent = at !== undefined && Date.now() - at.getTime() <= withinMs;
    next(recent ? undefined : new LatchkeyError('reauthentication_required'));
  };
}
