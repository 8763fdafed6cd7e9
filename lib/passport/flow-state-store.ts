// Our own router's state store: the flow keeps itself, its id is the `state`, and the request carries it.

import type { Request } from 'express';
import type { Flow } from '../accounts/flows.js';
import { flowCarriedBy } from './carried-flow.js';
import type { FlowContext, StateStore, StoreCallback, StoreMeta, StoreVerifyCallback } from './state-store.js';

const contextOf = ({ nonce, codeVerifier, at, intent }: Flow): FlowContext => ({
  nonce,
  codeVerifier,
  issued: at,
  fresh: intent.kind === 'reauthenticate',
});

export class FlowStateStore implements StateStore {
  prepare(req: Request): FlowContext {
    const half = flowCarriedBy(req);
    if (half.half !== 'request') throw new TypeError('This flow has begun already');
    return { ...contextOf(half.prepared.flow), hint: half.hint };
  }

  /** A throw of `done` itself goes to `done` too: the base catches only what is thrown before this returns. */
  store(req: Request, _context: FlowContext, _state: unknown, _meta: StoreMeta, done: StoreCallback): void {
    const half = flowCarriedBy(req);
    if (half.half !== 'request') throw new TypeError('This flow is kept already');
    const { flow, save } = half.prepared;
    save()
      .then(() => done(null, flow.id))
      .catch(done);
  }

  /** The flow was taken before the strategy was asked. */
  verify(req: Request, handle: string, _meta: StoreMeta, done: StoreVerifyCallback): void {
    const half = flowCarriedBy(req);
    const isOurs = half.half === 'answer' && half.flow.id === handle;
    done(null, isOurs && { ...contextOf(half.flow), issMayBeMissing: half.answer.issMayBeMissing });
  }
}
