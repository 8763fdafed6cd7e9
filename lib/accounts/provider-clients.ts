// The interface to every provider: the core and the routes know it, and no strategy behind it.

import type { Flow } from './flow.js';
import type { PreparedFlow } from './flows.js';
import type { Identity, ProviderTokens, VerifiedIdentity } from './types.js';

/** What came back from the provider: by the redirect, or handed over by a JSON client. */
export interface AuthorizationAnswer {
  readonly code: string | undefined;
  /** RFC 6749, section 4.1.2.1. */
  readonly error?: string | undefined;
  /** RFC 9207. */
  readonly iss: string | undefined;
  /** Apple's `user` field, a JSON text that comes with the first authorization only. */
  readonly user?: string | undefined;
  /** The provider posted it. Default: nobody knows. */
  readonly posted?: boolean;
  /** The documented JSON finish has no field for `iss`; on our own callback a missing one counts as wrong when announced. */
  readonly issMayBeMissing: boolean;
}

export interface ProviderClients {
  /** The provider is configured, and not switched off. */
  isEnabled(provider: string): boolean;
  /**
   * Builds the authorization request and keeps the flow.
   * @throws LatchkeyError `provider_failed`
   */
  authorizationUrl(prepared: PreparedFlow, hint: string | undefined): Promise<string>;
  /**
   * Redeems the answer of a flow that was just taken.
   * @throws LatchkeyError `provider_failed`, `denied`
   */
  identify(flow: Flow, answer: AuthorizationAnswer): Promise<VerifiedIdentity>;
  /**
   * Has the provider forget tokens (RFC 7009): the refresh token where there is one, else the access token. Does nothing
   * for a provider that is not configured, or has no endpoint for it.
   * @throws LatchkeyError `provider_failed`
   */
  revoke(provider: string, tokens: ProviderTokens): Promise<void>;
  /**
   * Has new tokens given for the refresh token (RFC 6749, section 6); where none comes with them the old one goes on.
   * @throws LatchkeyError `reauthentication_required` where the provider takes it no more, or has no such call; `provider_failed`
   */
  refresh(identity: Identity, tokens: ProviderTokens): Promise<ProviderTokens>;
  /** Where to sign out at the provider (OpenID Connect RP-Initiated Logout 1.0), if it says so. Never throws. */
  endSessionUrl(provider: string): Promise<string | undefined>;
}

/** The person said no: `access_denied`, and what Apple and others say for the same. */
export function isRefusal(error: string): boolean {
  return error === 'access_denied' || error.startsWith('user_cancelled');
}

/**
 * The code as a page may show it: letters and underscores, as every registered one is written, or a few digits, as QQ's are;
 * so that no link can put an address, a telephone number or a sentence there.
 */
export function shownError(error: string): string {
  return /^(?:[a-z]+(?:_[a-z]+){0,4}|\d{1,6})$/.test(error) && error.length <= 40 ? error : 'error';
}
