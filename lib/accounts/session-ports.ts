// One sign-in as it is stored, and what the core needs from that storage.

import type { RequestContext, User } from './types.js';

/** What carries it: a pair of tokens, renewed by the next one of its family, or a browser's cookie. */
export type SessionKind = 'tokens' | 'cookie';

/** One sign-in of one person on one client, whatever carries it. */
export interface Session {
  /** A UUID: what cookies name, and tokens as `root_token_id`. */
  readonly id: string;
  readonly userId: string;
  /** The link it was opened through; `undefined` for a password, or once it no longer hangs on that link. */
  readonly linkId: string | undefined;
  /** How often its tokens were refreshed; 0 where a cookie carries it. */
  readonly generation: number;
  /** How often its refresh tokens were ended by a change of the password that it outlived. */
  readonly stateVersion: number;
  /** When the sign-in opened it. */
  readonly createdAt: Date;
  /** When the person proved who they are: no later, and days before where the provider remembered them (`auth_time`). */
  readonly authenticatedAt: Date;
  /** When the tokens of `generation` were made, in whole seconds, after the first by the database's clock. */
  readonly rotatedAt: Date;
  /** When it was last seen to be used: by cookie within some minutes, by tokens at the last refresh. */
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | undefined;
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly linkId: string | undefined;
  readonly createdAt: Date;
  readonly authenticatedAt: Date;
  readonly expiresAt: Date;
  readonly kind?: SessionKind | undefined;
  /** Who opened it. */
  readonly client?: Pick<RequestContext, 'ip' | 'userAgent'> | undefined;
}

export interface FoundSession {
  readonly session: Session;
  readonly user: User;
  /** The provider it was opened through, while that link stands. */
  readonly provider: string | undefined;
  /** What the database's clock showed then: the one clock that all processes can read. */
  readonly readAt: Date;
}

/** What a person is shown of a session of theirs. */
export interface SessionRecord {
  readonly id: string;
  /** Undefined, as are the next two, for one of before they were kept. */
  readonly kind: SessionKind | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** Storage of sessions. */
export interface SessionRepository {
  find(sessionId: string): Promise<FoundSession | undefined>;
  /** Those of a user that were not ended and are not past their date; the last used first, at most 500. */
  listOf(userId: string): Promise<readonly SessionRecord[]>;
  /** Moves on from `generation`, which is seen as well; false when it is no longer the current one or the session is over. */
  rotate(sessionId: string, generation: number, at: Date, expiresAt: Date): Promise<boolean>;
  /** Marks a session as seen; one that has ended stays so. */
  touch(sessionId: string, at: Date): Promise<void>;
  revoke(sessionId: string, at: Date): Promise<void>;
}

/** Storage of what a browser's cookie names, where there is no Redis. */
export interface SessionRecords {
  /** The record, JSON text; `undefined` when unknown or past its date. */
  get(id: string): Promise<string | undefined>;
  set(id: string, record: string, expiresAt: Date): Promise<void>;
  remove(id: string): Promise<void>;
}
