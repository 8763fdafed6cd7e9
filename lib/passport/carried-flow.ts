// The request by which our own router asks a strategy: it carries one half of a flow, and nothing of the person's browser.

import type { Flow, PreparedFlow } from '../accounts/flows.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';

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
