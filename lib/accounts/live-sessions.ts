// Whether a session still stands: tokens, flows and one-time links that came from it live no longer than it does.

import type { AccountRepository, Session, SessionRepository } from './ports.js';
import { isAlive, isIdle } from './sessions.js';
import type { Account } from './types.js';

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
