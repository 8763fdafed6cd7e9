// The options of every kind of provider after they were checked; a provider's own file adds its own.

import type { HostProviderConfig } from './host.js';
import type { TokenEndpointAuthMethod } from './provider-options.js';

export interface NamedProviderConfig {
  /** The provider id: that of its file, or a name of the host's own. */
  readonly id: string;
  /** The provider whose file knows its quirks, by its name in the registry; `host`: a strategy of the host's own. */
  readonly type: string;
  readonly enabled: boolean;
  /** False: whoever has a link keeps it. */
  readonly unlinkable?: boolean;
  readonly displayName: string;
  /** URL of a picture, or empty. */
  readonly icon: string;
  /** GenAuth's id of the identity source, 24 hex digits. */
  readonly extIdpId: string;
}

/** A provider that speaks plain OAuth 2.0. */
export interface OAuthConfig extends NamedProviderConfig {
  /** Scopes asked for beyond what the protocol needs; `undefined`: the provider's default. */
  readonly scope?: readonly string[] | undefined;
  readonly clientId: string;
}

/** A provider that speaks OpenID Connect. */
export interface OpenIdConfig extends OAuthConfig {
  /** The issuer identifier. */
  readonly issuer: string;
  /** `undefined`: a public client, or one that proves itself by a key. */
  readonly clientSecret?: string | undefined;
  /** `undefined`: whatever the provider announces that a secret is good for. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
  /** `undefined`: the first that the provider announces and the key can do. */
  readonly tokenEndpointAuthSigningAlg?: string | undefined;
  /** PKCS #8 PEM. */
  readonly privateKey?: string | undefined;
  readonly keyId?: string | undefined;
  /** Apps of ours that the provider knows by ids of their own. */
  readonly nativeClientIds?: readonly string[] | undefined;
  /** Believed in `aud` beside the client id. */
  readonly audiences?: readonly string[] | undefined;
  /** The issuer that subjects are known by, where it is no longer the provider's. */
  readonly subjectsOf?: string | undefined;
  /** In lower case; `undefined`: the issuer is that of one tenant, or knows none. */
  readonly tenants?: readonly string[] | undefined;
}

export type ProviderConfig = OpenIdConfig | OAuthConfig | HostProviderConfig;
