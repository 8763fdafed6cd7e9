// A person's sessions, and how they end one: its tokens, flows and one-time links end with it.

import { LatchkeyError } from './errors.js';
import type { Notices } from './notices.js';
import type { AccountRepository, LockedAccount } from './ports.js';
import type { Session, SessionRecord, SessionRepository } from './session-ports.js';
import { assertActive, assertStillSignedIn, isIdle } from './sessions.js';
import type { RequestContext, User } from './types.js';

/** Who asks. */
export interface AskingPerson {
  readonly user: User;
  /** What signs the request, if it is a session of ours. */
  readonly asking: Session | undefined;
  /** The session that the person is in; it stays. */
  readonly current: Session | undefined;
}

export interface OwnSessions {
  /** Those that still stand, the last used first. */
  list(user: User): Promise<readonly SessionRecord[]>;
  /** @throws LatchkeyError `session_not_found` also for another user's, `current_session`, `unauthenticated` */
  end(person: AskingPerson, sessionId: string, context: RequestContext): Promise<void>;
  /** @returns how many. @throws LatchkeyError `unauthenticated` */
  endOthers(person: AskingPerson, context: RequestContext): Promise<number>;
  /** Ends the session that a person leaves by; nothing where it has ended. */
  leave(session: Pick<Session, 'id' | 'userId'>, context: RequestContext): Promise<void>;
}

export interface OwnSessionsOptions {
  readonly repository: Pick<AccountRepository, 'locked'>;
  readonly sessions: Pick<SessionRepository, 'listOf'>;
  /** Of a browser's sessions, in milliseconds. */
  readonly idleTtlMs: number;
}

export function createOwnSessions({ repository, sessions, idleTtlMs }: OwnSessionsOptions): OwnSessions {
  const isLeft = (session: SessionRecord) => session.kind === 'cookie' && isIdle(session, idleTtlMs);

  function change<T>({ user, asking }: AskingPerson, work: (locked: LockedAccount) => Promise<T>): Promise<T> {
    return repository.locked(user.id, { sessionId: asking?.id }, async (locked) => {
      assertActive(locked.account.user);
      assertStillSignedIn(asking, locked);
      return await work(locked);
    });
  }

  return {
    list: async ({ id }) => (await sessions.listOf(id)).filter((session) => !isLeft(session)),
    async end(person, sessionId, context) {
      const id = sessionId.toLowerCase();
      if (id === person.current?.id) throw new LatchkeyError('current_session');
      await change(person, async (locked) => {
        if (!(await locked.endSession(id, new Date()))) throw new LatchkeyError('session_not_found');
        await locked.audit({ event: 'auth.sessions.revoke.success', userId: person.user.id, detail: { session: id } }, context);
      });
    },
    endOthers: (person, context) =>
      change(person, async (locked) => {
        const count = await locked.endOtherSessions(person.current?.id, new Date());
        await locked.audit({ event: 'auth.sessions.revoke_all.success', userId: person.user.id, detail: { count } }, context);
        return count;
      }),
    async leave({ id, userId }, context) {
      await repository.locked(userId, {}, async (locked) => {
        if (await locked.endSession(id, new Date())) await locked.audit({ event: 'auth.logout.success', userId }, context);
      });
    },
  };
}

/**
 * A used refresh token that comes back was copied by somebody: nobody knows which of the two comes, so every session of its user ends. The person is told by mail, once however often the token comes.
 */
export type EndAllForReuse = (session: Pick<Session, 'id' | 'userId'>, context: RequestContext) => Promise<void>;

export function createEndAllForReuse(repository: Pick<AccountRepository, 'locked'>, notices: Notices): EndAllForReuse {
  return async ({ id, userId }, context) => {
    await repository.locked(userId, {}, async (locked) => {
      const count = await locked.endOtherSessions(undefined, new Date());
      await locked.audit({ event: 'auth.token.reuse_detected', userId, detail: { family: id, ended: count } }, context);
      if (count > 0) await notices.send(locked, locked.account.user, 'sessions_ended');
    });
  };
}
