// What a provider's file says: endpoints and quirks, nothing about flows, tokens or users.

import type { OpenIdProviderConfig } from '../../config/config.js';
import type { Profile } from '../accounts/types.js';

export interface AuthorizationHints {
  /** The e-mail address the person is expected to choose. */
  readonly hint: string | undefined;
}

/** A provider that speaks OpenID Connect; the verified token client does the rest. */
export interface OpenIdProvider {
  readonly protocol: 'openid';
  /** Besides `openid`. */
  readonly defaultScope: readonly string[];
  /** Parameters of the authorization request beyond those of OpenID Connect Core 3.1.2.1. */
  authorizationParams(config: OpenIdProviderConfig, hints: AuthorizationHints): Readonly<Record<string, string>>;
  /** The claims about the person: of the ID token, completed by userinfo. */
  profile(claims: Readonly<Record<string, unknown>>): Profile;
}
