// What a strategy keeps between the two halves of a flow, and the interface of the store that keeps it.

import type { Request } from 'express';

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
