// What a strategy keeps between the two halves of a flow, and the port of whoever keeps it.

import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { LatchkeyError } from '../accounts/errors.js';

/** The secrets of one flow. A store keeps the whole, as JSON if it likes. */
export interface FlowContext {
  /** OpenID Connect Core 1.0, section 3.1.2.1. */
  readonly nonce: string;
  /** RFC 7636, section 4.1. */
  readonly codeVerifier: string;
  /** When the flow began, in milliseconds since 1970. */
  readonly issued: number;
  /** The person is to prove at the provider who they are, and not merely to be known there. Default false. */
  readonly fresh?: boolean | undefined;
  /** The e-mail address that the person is expected to choose; not every provider is told. */
  readonly hint?: string | undefined;
  /** `iss` (RFC 9207) may be missing in the answer, because whoever hands it over has no field for it. Default false. */
  readonly issMayBeMissing?: boolean | undefined;
}

/** Of which strategy the flow is. */
export interface StoreMeta {
  readonly name: string;
  /** Of OpenID Connect; else the authorization endpoint. */
  readonly issuer: string;
  readonly clientID: string;
  readonly callbackURL: string;
}

/** `handle` becomes the `state` of the authorization request: unguessable, and in no more than 500 characters. */
export type StoreCallback = (error: Error | null, handle?: string) => void;

/** `false` for a flow that is unknown, used, too old, of another browser or of another strategy. */
export type StoreVerifyCallback = (error: Error | null, context?: FlowContext | false, state?: unknown) => void;

/** Option `store`: as in `passport-openidconnect`, with the PKCE verifier in the context. */
export interface StateStore {
  /** Keeps the context and the app's own `state`, bound to this browser. */
  store(req: Request, context: FlowContext, state: unknown, meta: StoreMeta, done: StoreCallback): void;
  /** Takes what was kept, once: of two requests with one handle one gets it. Whoever may not have it leaves it where it is. */
  verify(req: Request, handle: string, meta: StoreMeta, done: StoreVerifyCallback): void;
  /** The context, where the store has made the flow itself. Default: the strategy makes one. */
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
