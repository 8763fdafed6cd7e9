// How long a sign-in lasts: as a family of tokens, or as a browser's cookie session.

import { randomUUID } from 'node:crypto';
import type { NewSession, Session, SessionKind } from './ports.js';

export type { SessionKind } from './ports.js';

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
