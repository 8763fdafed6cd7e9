// What goes into a strategy and what comes out of it: one half of a flow at a time.

import type { AuthenticateOptions } from 'passport-openidconnect';
import type { Flow, PreparedFlow } from '../accounts/flows.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { VerifiedIdentity } from '../accounts/types.js';

export interface Departure {
  readonly way: 'out';
  readonly prepared: PreparedFlow;
  readonly hint: string | undefined;
}

export interface Return {
  readonly way: 'back';
  readonly flow: Flow;
  readonly answer: AuthorizationAnswer;
}

/** Which half of the flow to make. It comes from our own code; the request is never read. */
export type Trip = Departure | Return;

/** Passport's options; the base type is there only because a method may not ask for less than the one it overrides. */
export interface TripOptions extends Pick<AuthenticateOptions, 'prompt'> {
  /** Passport's own sign-in would renew the host's session, also in the middle of linking. */
  readonly session: false;
  readonly trip: Trip;
}

/** What `success` delivers. */
export type Outcome =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'identified'; readonly identity: VerifiedIdentity };
