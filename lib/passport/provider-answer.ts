// What a request brings back from a provider: in the query, or in the form that was posted.

import type { Request } from 'express';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import { isRecord } from '../support/closed-object.js';

export interface ProviderAnswer {
  readonly state: string | undefined;
  readonly answer: Omit<AuthorizationAnswer, 'issMayBeMissing'>;
}

/** Any of them is an answer: one without a code must not begin another flow, which would go round for ever. */
const SIGNS = ['code', 'error', 'state'] as const;

/** Taken for the beginning of a flow, it would send the person round for ever. */
function assertRead({ method, body, headers }: Pick<Request, 'method' | 'body' | 'headers'>): void {
  if (method === 'POST' && body === undefined && Number(headers['content-length']) > 0)
    throw new TypeError('The provider has posted its answer: mount express.urlencoded({ extended: false }) before the callback');
}

/** `undefined` where nothing came back, so that a flow is to begin. A parameter that is there twice counts as none (RFC 6749, section 3.1). */
export function answerIn(req: Pick<Request, 'method' | 'query' | 'body' | 'headers'>): ProviderAnswer | undefined {
  assertRead(req);
  const posted = req.method === 'POST';
  const given: unknown = posted ? req.body : req.query;
  if (!isRecord(given) || !SIGNS.some((name) => given[name] !== undefined)) return undefined;
  const text = (name: string) => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  // An `error` or `iss` that is no text is not the same as none.
  const told = (name: string) => (given[name] === undefined ? undefined : (text(name) ?? ''));
  return { state: text('state'), answer: { code: text('code'), error: told('error'), iss: told('iss'), user: text('user'), posted } };
}
