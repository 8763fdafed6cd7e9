// What the host's options become once they are checked: every default filled in, durations in milliseconds.

import type { TokenEndpointAuthMethod } from '../lib/providers/token-endpoint-auth.js';
import type { BioreLimitName } from './biore-limits.js';
import type { HostProfile, PassportStrategy } from './provider-options.js';

export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
}

export type RateLimitName = 'unlink' | 'refresh' | 'password' | 'prepare' | 'finish' | 'mail';

interface NamedProviderConfig {
  /** The provider id: `logto`, `qq`, `oidc`, `google`, `apple`, `x`, or a name of the host's own. */
  readonly id: string;
  readonly enabled: boolean;
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

/** Everything that can be written in a JSON file, checked and complete; strategies of the host's own come from code. */
/** Who may read the numbers. */
export interface MetricsAccess {
  /** `undefined`: connections from this machine alone. */
  readonly token: string | undefined;
}

export interface Config {
  /** The public origin, without a trailing slash. */
  readonly baseUrl: string;
  /** At least 32 characters; every key is derived from it. */
  readonly secret: string;
  /** Empty: the app has told no name. */
  readonly appName: string;
  readonly signUp: boolean;
  readonly passwordSignIn: boolean;
  /** `undefined`: wherever mail can be sent. */
  readonly verifyEmail: boolean | undefined;
  readonly recoveryCounts: boolean;
  readonly linkByVerifiedEmail: readonly string[];
  /** `undefined`: a sign-in of any age will do. */
  readonly reauthenticateWithinMs: number | undefined;
  readonly allowedOrigins: readonly string[];
  readonly tokens: { readonly accessTtlMs: number; readonly refreshTtlMs: number };
  readonly sessions: { readonly idleTtlMs: number; readonly absoluteTtlMs: number };
  readonly rateLimits: Readonly<Record<RateLimitName, RateLimit>>;
  readonly bioreLimits: Readonly<Record<BioreLimitName, RateLimit>>;
  readonly storeProviderTokens: boolean;
  readonly debug: boolean;
  /** `undefined`: nothing is counted. */
  readonly metrics: MetricsAccess | undefined;
  /** By provider id, in the order of the configuration. */
  readonly providers: ReadonlyMap<string, ProviderConfig>;
}
