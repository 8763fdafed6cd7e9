// One sign-in: how long it lasts, as a family of tokens or as a browser's cookie session, whether it has ended, and whether its person may
// sign in at all.

import { randomUUID } from 'node:crypto';
import { LatchkeyError } from './errors.js';
import type { AccountRepository, LockedAccount } from './ports.js';
import type { NewSession, Session, SessionKind, SessionRepository } from './session-ports.js';
import type { Account, User } from './types.js';

export type { SessionKind } from './session-ports.js';

export interface Opening extends Pick<NewSession, 'userId' | 'linkId' | 'client'> {
  /** Default now. */
  readonly authenticatedAt?: Date | undefined;
}

/** A session that starts now; the caller keeps it in the transaction of the sign-in. */
export type MakeSession = (kind: SessionKind, opening: Opening) => NewSession;

/** Whole seconds, which is what a token can say and every database keeps. */
export function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

/** @param ttlMs how long each kind lives without being renewed, in milliseconds */
export function createMakeSession(ttlMs: Readonly<Record<SessionKind, number>>): MakeSession {
  return (kind, { authenticatedAt, ...opening }) => {
    const now = wholeSecond(Date.now());
    const times = { createdAt: now, authenticatedAt: authenticatedAt ?? now, expiresAt: new Date(now.getTime() + ttlMs[kind]) };
    return { id: randomUUID(), kind, ...opening, ...times };
  };
}

/** There is such a session, neither ended nor past its date. */
export function isAlive(session: Session | undefined): session is Session {
  return session !== undefined && session.revokedAt === undefined && session.expiresAt.getTime() > Date.now();
}

/** Nobody came back for so long that the browser may have changed hands. */
export function isIdle({ lastSeenAt }: Pick<Session, 'lastSeenAt'>, idleTtlMs: number): boolean {
  return Date.now() - lastSeenAt.getTime() > idleTtlMs;
}

/** Names the session that something came from. */
export interface SessionRef {
  readonly id: string;
  /** A browser's session ends when nobody comes back for too long; a family of tokens does not. */
  readonly idles: boolean;
}

export interface LiveSession {
  readonly account: Account;
  readonly session: Session;
}

export interface LiveSessions {
  /**
   * The session and whose it is, in one statement; undefined for one that has ended, never existed or is another user's.
   * A ban ends the session that is met, so that lifting the ban does not bring it back; it is given all the same, so that the
   * caller can say why nothing is allowed.
   */
  find(userId: string, ref: SessionRef): Promise<LiveSession | undefined>;
}

export interface LiveSessionsOptions {
  readonly repository: Pick<AccountRepository, 'findAccount'>;
  readonly sessions: Pick<SessionRepository, 'revoke'>;
  readonly idleTtlMs: number;
}

export function createLiveSessions({ repository, sessions, idleTtlMs }: LiveSessionsOptions): LiveSessions {
  return {
    async find(userId, { id, idles }) {
      const found = await repository.findAccount(userId, id);
      if (found?.session === undefined) return undefined;
      const { account, session } = found;
      const lives = isAlive(session) && !(idles && isIdle(session, idleTtlMs));
      const allowed = account.user.status === 'active';
      if (lives && !allowed) await sessions.revoke(session.id, new Date());
      return lives || !allowed ? { account, session } : undefined;
    },
  };
}

/** @throws LatchkeyError `user_banned`, `user_inactive` */
export function assertActive({ status }: Pick<User, 'status'>): void {
  if (status === 'inactive') throw new LatchkeyError('user_inactive');
  if (status !== 'active') throw new LatchkeyError('user_banned');
}

/**
 * A session may end while a change that it asks for waits for the lock. Nothing is asked of a host's own session.
 * @throws LatchkeyError `unauthenticated`
 */
export function assertStillSignedIn(asking: Session | undefined, { session }: Pick<LockedAccount, 'session'>): void {
  if (asking !== undefined && !isAlive(session)) throw new LatchkeyError('unauthenticated');
}
