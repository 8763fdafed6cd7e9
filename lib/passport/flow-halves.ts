// The two halves of a flow, the same for every kind of strategy: the request that a person leaves with, and the answer they come back with.

import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { LatchkeyError } from '../accounts/errors.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import { isRecord } from '../support/closed-object.js';
import type { FlowContext, StateStore, StoreMeta } from './state-store.js';

export function newContext(fresh: boolean): FlowContext {
  return {
    nonce: randomBytes(24).toString('base64url'),
    codeVerifier: randomBytes(32).toString('base64url'),
    issued: Date.now(),
    ...(fresh ? { fresh } : {}),
  };
}

/** Proof Key for Code Exchange (RFC 7636, section 4.2), from the verifier that the flow keeps. */
export function codeChallenge({ codeVerifier }: { readonly codeVerifier: string }) {
  return { code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'), code_challenge_method: 'S256' };
}

/** Without the parameters of the request that came: the base of a strategy would take a code in them for its own to redeem. */
export const bare = (req: Request): Request => Object.create(req, { query: { value: {} }, body: { value: {} } });

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

/** What a store gave back: the context and the app's own `state`. */
export interface Taken {
  readonly context: FlowContext;
  readonly state: unknown;
}

export interface Take {
  readonly store: StateStore;
  readonly req: Request;
  readonly handle: string | undefined;
  readonly meta: StoreMeta;
}

/** @throws LatchkeyError `flow_expired`; whatever the store fails with */
export function take({ store, req, handle, meta }: Take): Promise<Taken> {
  return new Promise((resolve, reject) => {
    if (handle === undefined || handle === '') throw new LatchkeyError('flow_expired');
    store.verify(req, handle, meta, (error, context, state) => {
      if (error) reject(error);
      else if (context) resolve({ context, state });
      else reject(new LatchkeyError('flow_expired'));
    });
  });
}
