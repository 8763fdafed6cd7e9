// What a provider's file says: endpoints and quirks, nothing about flows, tokens or users.

import type { Acceptance, Origin } from '../accounts/acceptance.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { Profile } from '../accounts/types.js';
import type { AppleProviderConfig, OpenIdProviderConfig } from './provider-config.js';

/** Every provider that speaks OpenID Connect; Apple's proves itself by a key in place of a secret. */
export type OpenIdConfig = OpenIdProviderConfig | AppleProviderConfig;

/** Of an ID token, checked. */
export type Claims = Readonly<Record<string, unknown>>;

export interface AuthorizationHints {
  /** The e-mail address the person is expected to choose. */
  readonly hint: string | undefined;
  /** The person is to prove who they are, whether or not the provider still knows them (OpenID Connect Core 3.1.2.1, `prompt` and `max_age`). */
  readonly fresh: boolean;
  /** The host keeps the provider's tokens, so one that works while the person is away is worth asking for. */
  readonly keepsTokens: boolean;
}

/** A provider that speaks OpenID Connect; the verified token client does the rest. */
export interface OpenIdProvider {
  readonly protocol: 'openid';
  /**
   * Its ID tokens say when the person last signed in there (`auth_time`), at least where that is asked for: without it nobody has
   * proven who they are. Of a provider that is known to say it never, coming back is all the proof there is.
   */
  readonly tellsAuthTime: boolean;
  /** Besides `openid`. */
  scope(config: OpenIdConfig): readonly string[];
  /** Parameters of the authorization request beyond those of OpenID Connect Core 3.1.2.1. */
  authorizationParams(config: OpenIdConfig, hints: AuthorizationHints): Readonly<Record<string, string>>;
  /** Whom it lets in at all: asked of whoever comes, and of every link that is stored. */
  acceptance(config: OpenIdConfig): Acceptance;
  /** What acceptance hangs on, of an ID token's claims. The request alone binds nobody: the person can change it. */
  origin(config: OpenIdConfig, claims: Claims): Origin;
  /** @param claims of the ID token, completed by userinfo. @param answer what came back with the code, proven by nobody */
  profile(claims: Claims, answer: AuthorizationAnswer): Profile;
}
