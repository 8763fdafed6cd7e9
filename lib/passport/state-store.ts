// What a strategy keeps between the two halves of a flow, and the interface of the store that keeps it.

import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { LatchkeyError } from '../accounts/errors.js';

/** The secrets of one flow. A store keeps all of them, as JSON if it likes. */
export interface FlowContext {
  /** OpenID Connect Core 1.0, section 3.1.2.1. */
  readonly nonce: string;
  /** RFC 7636, section 4.1. */
  readonly codeVerifier: string;
  /** When the flow began, in milliseconds since 1970. */
  readonly issued: number;
  /** The person must prove again at the provider who they are; an existing session there is not enough. Default false. */
  readonly fresh?: boolean | undefined;
  /** The e-mail address that the person is expected to choose; not every provider gets it. */
  readonly hint?: string | undefined;
  /** `iss` (RFC 9207) may be missing in the answer, because the client that passes the answer on has no field for it. Default false. */
  readonly issMayBeMissing?: boolean | undefined;
}

/** The strategy that a flow belongs to. */
export interface StoreMeta {
  readonly name: string;
  /** The issuer for OpenID Connect, else the authorization endpoint. */
  readonly issuer: string;
  readonly clientID: string;
  readonly callbackURL: string;
}

/** `handle` becomes the `state` of the authorization request: it must be unguessable and have at most 500 characters. */
export type StoreCallback = (error: Error | null, handle?: string) => void;

/** The context is `false` for a flow that is unknown, used, too old, or from another browser or strategy. */
export type StoreVerifyCallback = (error: Error | null, context?: FlowContext | false, state?: unknown) => void;

/** The option `store`: as in `passport-openidconnect`, with the PKCE verifier in the context. */
export interface StateStore {
  /** Keeps the context and the app's own `state`, bound to this browser. */
  store(req: Request, context: FlowContext, state: unknown, meta: StoreMeta, done: StoreCallback): void;
  /** Returns what was kept and removes it: of two requests with the same handle only one gets it. A request that may not have it must not use it up. */
  verify(req: Request, handle: string, meta: StoreMeta, done: StoreVerifyCallback): void;
  /** Returns the context if the store makes the flow itself. Default: the strategy makes one. */
  prepare?(req: Request): FlowContext;
}

export function newContext(fresh: boolean): FlowContext {
  return {
    nonce: randomBytes(24).toString('base64url'),
    codeVerifier: randomBytes(32).toString('base64url'),
    issued: Date.now(),
    ...(fresh ? { fresh } : {}),
  };
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

/** Proof Key for Code Exchange (RFC 7636, section 4.2), from the verifier that the flow keeps. */
export function codeChallenge({ codeVerifier }: { readonly codeVerifier: string }) {
  return { code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'), code_challenge_method: 'S256' };
}
