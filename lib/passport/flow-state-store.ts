// The base strategy's state store, by which the flow's id becomes the `state` of the authorization request.

import type { Request } from 'express';
import type { SessionStore, SessionStoreCallback } from 'passport-openidconnect';
import type { PreparedFlow } from '../accounts/flows.js';

/** Keeps nothing in a session: the flow keeps itself. */
export class FlowStateStore implements SessionStore {
  /** A throw of `done` itself goes to `done` too: the base catches only what is thrown before this returns. */
  store(_req: Request, _context: unknown, prepared: PreparedFlow, _meta: unknown, done: SessionStoreCallback): void {
    prepared
      .save()
      .then(() => done(null, prepared.flow.id))
      .catch(done);
  }

  /** The flow is taken before the strategy is asked, so the base has nothing to verify. */
  verify(_req: Request, _state: string, done: (error: Error) => void): void {
    done(new TypeError('A flow is never finished by the base strategy'));
  }
}
