// Our own router's state store: a request carries one half of a flow to the strategy, and nothing of the person's browser; the flow itself
// is stored elsewhere, and its id is the `state`.

import type { Request } from 'express';
import type { Flow } from '../accounts/flow.js';
import type { PreparedFlow } from '../accounts/flows.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { FlowContext, StateStore, StoreCallback, StoreMeta, StoreVerifyCallback } from './state-store.js';

/** The authorization request of a flow is to be built. */
export interface Departure {
  readonly half: 'request';
  readonly prepared: PreparedFlow;
  readonly hint: string | undefined;
}

/** The answer to one that was just taken is to be judged. */
export interface Return {
  readonly half: 'answer';
  readonly flow: Flow;
  readonly answer: AuthorizationAnswer;
}

export type CarriedFlow = Departure | Return;

const carried = new WeakMap<object, CarriedFlow>();

/** Without `code`, an answer would look like the beginning of a flow. */
function fieldsOf(half: CarriedFlow): Readonly<Record<string, unknown>> {
  if (half.half === 'request') return {};
  const { code = '', error, iss, user } = half.answer;
  return { state: half.flow.id, code, error, iss, user };
}

/** A stand-in: Passport writes `login`, `_sessionManager` and more on a request, and those of the host's own belong to the host's own Passport. */
export function requestWith(half: CarriedFlow): object {
  const request = { method: 'GET', query: fieldsOf(half), body: {}, headers: {} };
  carried.set(request, half);
  return request;
}

/** @throws TypeError for any other request */
export function flowCarriedBy(request: object): CarriedFlow {
  const half = carried.get(request);
  if (half === undefined) throw new TypeError('Only requests of our own router carry a flow');
  return half;
}

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
