// The store as express-session sees it: what was read already is not read again, and what was never stored is not removed.

import type { Request } from 'express';
import { type SessionData, Store } from 'express-session';
import type { SentSession } from './sent-session.js';

type Told = (error?: unknown) => void;
type Read = (error: unknown, record?: SessionData | null) => void;

export class CarrierStore extends Store {
  readonly #store: Store;
  readonly #isNew: (req: Request) => boolean;
  readonly #saved = new WeakSet<object>();
  #handed: SentSession | undefined;
  /** Set by express-session. */
  declare generate: (req: Request) => void;

  constructor(store: Store, isNew: (req: Request) => boolean) {
    super();
    this.#store = store;
    this.#isNew = isNew;
  }

  /** For whoever asks before `work` returns, as express-session does. */
  handing(sent: SentSession | undefined, work: () => void): void {
    this.#handed = sent;
    try {
      work();
    } finally {
      this.#handed = undefined;
    }
  }

  override get(id: string, done: Read): void {
    if (this.#handed?.id === id) done(null, this.#handed.record ?? null);
    else this.#store.get(id, done);
  }

  override set(id: string, record: SessionData, done?: Told): void {
    this.#saved.add(record);
    this.#store.set(id, record, done);
  }

  override destroy(id: string, done?: Told): void {
    this.#store.destroy(id, done);
  }

  /** What was never stored need not be removed. */
  override regenerate(req: Request, done: Told): void {
    if (this.#isNew(req) && !this.#saved.has(req.session)) {
      this.generate(req);
      done();
    } else super.regenerate(req, done);
  }
}
