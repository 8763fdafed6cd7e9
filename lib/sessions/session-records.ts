// express-session's store over a small port, for sessions that live in the SQL database.

import { createHash } from 'node:crypto';
import { type SessionData, Store } from 'express-session';

export interface SessionRecords {
  /** The record, JSON text; `undefined` when unknown or past its date. */
  get(id: string): Promise<string | undefined>;
  set(id: string, record: string, expiresAt: Date): Promise<void>;
  remove(id: string): Promise<void>;
}

type Callback<T> = (error: unknown, value?: T) => void;

function tell<T>(promise: Promise<T>, callback: Callback<T> | undefined): void {
  promise.then(
    (value) => callback?.(undefined, value),
    (error: unknown) => callback?.(error),
  );
}

/** Who reads the table learns no session id. */
const keyOf = (sid: string) => createHash('sha256').update(sid).digest('hex');

/**
 * Keeps each record to the session's absolute end: whether the session still lives is not for the record to say, so there is
 * nothing to touch on each request.
 */
export class RecordStore extends Store {
  readonly #records: SessionRecords;
  readonly #ttlMs: number;

  constructor(records: SessionRecords, ttlMs: number) {
    super();
    this.#records = records;
    this.#ttlMs = ttlMs;
  }

  override get(sid: string, callback: Callback<SessionData | null>): void {
    const read = async () => {
      const record = await this.#records.get(keyOf(sid));
      return record === undefined ? null : (JSON.parse(record) as SessionData);
    };
    tell(read(), callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback<void>): void {
    tell(this.#records.set(keyOf(sid), JSON.stringify(session), new Date(Date.now() + this.#ttlMs)), callback);
  }

  override destroy(sid: string, callback?: Callback<void>): void {
    tell(this.#records.remove(keyOf(sid)), callback);
  }
}
