// What the options of each kind of provider become once they are checked.

import type { TokenEndpointAuthMethod } from './token-endpoint-auth.js';

/** A strategy as Passport knows it, told by its shape: the packages of strategies agree on no class. */
export interface PassportStrategy {
  authenticate(req: object, options?: object): unknown;
}

/** Who came back, in the words of the host's `profile`. */
export interface HostProfile {
  /** What the provider never changes nor gives to another, so no name or address: 1 to 255 printable ASCII characters. Required. */
  readonly subject: string;
  readonly email?: string | undefined;
  /** True only if the provider itself has proven the address; anything but `true` is unverified. Default false. */
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
  /** An http(s) address. */
  readonly picture?: string | undefined;
}

interface NamedProviderConfig {
  /** The provider id: `logto`, `qq`, `oidc`, `google`, `apple`, `x`, or a name of the host's own. */
  readonly id: string;
  readonly enabled: boolean;
  /** False: whoever has a link keeps it. */
  readonly unlinkable?: boolean;
  readonly displayName: string;
  /** URL of a picture, or empty. */
  readonly icon: string;
  /** GenAuth's id of the identity source, 24 hex digits. */
  readonly extIdpId: string;
}

interface CommonProviderConfig extends NamedProviderConfig {
  /** Scopes asked for beyond what the protocol needs; `undefined`: the provider's default. */
  readonly scope: readonly string[] | undefined;
  readonly clientId: string;
}

/** A provider that speaks OpenID Connect; `type` names the file in `lib/providers` that knows its quirks. */
export interface OpenIdProviderConfig extends CommonProviderConfig {
  readonly type: 'logto' | 'oidc' | 'google';
  /** The issuer identifier. For Logto the tenant's endpoint plus `/oidc`. */
  readonly issuer: string;
  /** `undefined`: a public client, or one that proves itself by `privateKey`. */
  readonly clientSecret: string | undefined;
  /** `undefined`: whatever the provider announces that a secret is good for. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
  /** `undefined`: the first that the provider announces and the key can do. */
  readonly tokenEndpointAuthSigningAlg?: string | undefined;
  /** PKCS #8 PEM. */
  readonly privateKey?: string | undefined;
  readonly keyId?: string | undefined;
  /** Google's alone: apps of ours that it knows by ids of their own. */
  readonly nativeClientIds?: readonly string[] | undefined;
  /** Believed in `aud` beside the client id. */
  readonly audiences?: readonly string[] | undefined;
  /** The issuer that subjects are known by, where it is no longer the provider's. */
  readonly subjectsOf?: string | undefined;
  /** In lower case; `undefined`: the issuer is that of one tenant, or knows none. */
  readonly tenants?: readonly string[] | undefined;
  /** Google's alone: the hosted domain, in lower case; `undefined`: anybody with a Google account. */
  readonly hd?: string | undefined;
}

export interface QqProviderConfig extends CommonProviderConfig {
  readonly type: 'qq';
  readonly clientSecret: string;
  readonly useUnionId: boolean;
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly openId: string; readonly userInfo: string };
}

export interface XProviderConfig extends CommonProviderConfig {
  readonly type: 'x';
  /** `undefined`: a public client. */
  readonly clientSecret: string | undefined;
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly userInfo: string; readonly revocation: string };
}

export interface AppleProviderConfig extends CommonProviderConfig {
  readonly type: 'apple';
  readonly issuer: string;
  readonly teamId: string;
  readonly keyId: string;
  /** PKCS #8 PEM of the ES256 key. */
  readonly privateKey: string;
  readonly nativeClientIds?: readonly string[] | undefined;
}

/** A Passport strategy of the host's own; it knows client, scopes and endpoints itself. */
export interface HostProviderConfig extends NamedProviderConfig {
  readonly type: 'host';
  readonly strategy: PassportStrategy;
  readonly authenticateOptions?: Readonly<Record<string, unknown>> | undefined;
  profile(user: unknown, info: unknown): HostProfile;
}

export type ProviderConfig = OpenIdProviderConfig | QqProviderConfig | XProviderConfig | AppleProviderConfig | HostProviderConfig;
