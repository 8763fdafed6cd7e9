// What a host writes about each provider.

import type { HostProfile, PassportStrategy } from '../lib/providers/provider-config.js';
import type { TokenEndpointAuthMethod } from '../lib/providers/token-endpoint-auth.js';

/** What every provider takes, whatever it speaks. */
export interface NamedProviderOptions {
  /** False: links stay, sign-in and linking are refused, and the link no longer counts as a sign-in method. Default true. */
  readonly enabled?: boolean;
  /** False: nobody may unlink it (an employer's directory, say), at any door, as long as it is enabled. Default true. */
  readonly unlinkable?: boolean;
  /** What people read, 1 to 100 characters. Default: the provider's own name, or the id with a capital first letter. */
  readonly displayName?: string;
  /** A picture: an https address, a path on this origin, or `data:image/…`. Default empty: none. */
  readonly icon?: string;
  /** GenAuth's id of the identity source, 24 hexadecimal digits, no two alike. Default: the first 24 of the SHA-256 of the provider id. */
  readonly extIdpId?: string;
}

/** What every built-in provider takes. */
export interface CommonProviderOptions extends NamedProviderOptions {
  /** Scopes in place of the provider's default (RFC 6749, section 3.3): a list, or text separated by spaces or commas. `openid` is always asked for where it exists. */
  readonly scope?: string | readonly string[];
  /** The client id that the provider gave out (RFC 6749, section 2.2). Required. */
  readonly clientId: string;
}

/** How a client of OpenID Connect proves itself at the token endpoint. */
export interface ClientProofOptions {
  /** The client secret. Required, but for a public client and one that proves itself by `privateKey`, which have none. */
  readonly clientSecret?: string;
  /**
   * `token_endpoint_auth_method` of RFC 7591, section 2: `"client_secret_basic"`, `"client_secret_post"`, `"client_secret_jwt"`,
   * `"private_key_jwt"` (OpenID Connect Core 1.0, section 9), or `"none"` for a public client, which has PKCE alone.
   * Default: of the three that a secret is good for the first that the provider announces, in that order.
   */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /** With what an assertion is signed, such as `"PS256"`. Default: the first that the provider announces of those that the key can do, else `RS256`, `HS256` or what fits the curve. */
  readonly tokenEndpointAuthSigningAlg?: string;
  /** The key of `"private_key_jwt"`: PKCS #8 in PEM; RSA from 2048 bits on, P-256, P-384, P-521 or Ed25519. The provider has its public half. */
  readonly privateKey?: string;
  /** The id under which the provider knows that key: `kid` of the assertion. Default none. */
  readonly keyId?: string;
}

/** What every provider takes that is asked by OpenID Connect, Apple apart. */
export interface OpenIdClientOptions extends CommonProviderOptions, ClientProofOptions {
  /** Further audiences that an ID token may name beside our client id, such as Zitadel's project; its `azp` must be ours then (OpenID Connect Core 1.0, section 3.1.3.7). Default none. */
  readonly audiences?: readonly string[];
  /**
   * The issuer that the provider had before it moved and kept its people, each with the `sub` of before: their links go on working.
   * Without `tenants`. Default: people at another issuer are other people, whatever their `sub`.
   */
  readonly subjectsOf?: string;
}

/** Logto, a tenant in its cloud or a server of one's own. */
export interface LogtoOptions extends OpenIdClientOptions {
  readonly type?: 'logto';
  /** The tenant's endpoint, such as `https://TENANT.logto.app`; the issuer is this plus `/oidc`. https, or http to a loopback host. Required. */
  readonly endpoint: string;
}

/** Tencent QQ Connect. */
export interface QqOptions extends CommonProviderOptions {
  readonly type?: 'qq';
  /** The application key. Required. */
  readonly clientSecret: string;
  /** True: a person is known by `unionid` (one per developer) in place of `openid` (one per application). Default false. */
  readonly useUnionId?: boolean;
  /** Each defaults to the real service's on graph.qq.com. https, or http to a loopback host. */
  readonly endpoints?: {
    readonly authorization?: string;
    readonly token?: string;
    readonly openId?: string;
    readonly userInfo?: string;
  };
}

/** The OpenID provider called `oidc`. */
export interface OpenIdOptions extends OpenIdClientOptions {
  readonly type?: 'oidc';
  /** The issuer identifier, exactly as in the discovery document (OpenID Connect Discovery 1.0, section 3). https, or http to a loopback host. Required. */
  readonly issuer: string;
  /**
   * The ids of the tenants whose people may come, where the issuer is one for many: Microsoft Entra ID's
   * `https://login.microsoftonline.com/organizations/v2.0` or `…/common/v2.0`, whose discovery document names the issuer
   * `https://login.microsoftonline.com/{tenantid}/v2.0`. An ID token must name that with its own `tid`, and `tid` must be in the
   * list. Required there. Default none: the issuer is that of one tenant.
   */
  readonly tenants?: readonly string[];
}

/** Any number of further OpenID providers, each under an id of the host's own. */
export interface FurtherOpenIdOptions extends OpenIdOptions {
  /** Required where the id is not one of ours, so that a misspelt id does not pass for a new provider. */
  readonly type: 'oidc';
}

/** Google. */
export interface GoogleOptions extends OpenIdClientOptions {
  readonly type?: 'google';
  /** The issuer identifier. Default `https://accounts.google.com`. https, or http to a loopback host. */
  readonly issuer?: string;
  /**
   * The one domain of a Google Workspace or Cloud organization, such as `example.com`, whose people may come; anybody else
   * fails with `provider_failed`. It is sent as `hd`, which the person can change on the way, and so compared with the `hd`
   * claim that comes back (Google's "OpenID Connect", "Authentication URI parameters" and "An ID token's payload").
   * Links made before it was set stay, and still count as sign-in methods. Default none: anybody with a Google account.
   */
  readonly hd?: string;
  /**
   * Client ids of the native apps whose ID tokens are believed when they are handed in (`POST /api/v1/auth/oauth/login`), beside
   * `clientId`: those of the Android and iOS apps, which Google names in `aud` or `azp`. Default none.
   */
  readonly nativeClientIds?: readonly string[];
}

/** Sign in with Apple; the client secret is signed from the key at each call. */
export interface AppleOptions extends CommonProviderOptions {
  readonly type?: 'apple';
  /** The issuer identifier. Default `https://appleid.apple.com`. https, or http to a loopback host. */
  readonly issuer?: string;
  /** The developer team's id: `iss` of the client secret. Required. */
  readonly teamId: string;
  /** The id of the key: `kid` of the client secret. Required. */
  readonly keyId: string;
  /** The key as Apple gives it out: PKCS #8 in PEM, elliptic curve P-256. Required. */
  readonly privateKey: string;
  /**
   * Client ids of the native apps whose ID tokens are believed when they are handed in (`POST /api/v1/auth/oauth/login`), beside
   * `clientId`: the bundle ids of the apps. Default none.
   */
  readonly nativeClientIds?: readonly string[];
}

/** X (OAuth 2.0 with PKCE). */
export interface XOptions extends CommonProviderOptions {
  readonly type?: 'x';
  /** The client secret of a confidential client. Required, but for a public one. */
  readonly clientSecret?: string;
  /** `"none"`: a public client (a native or single-page app at X), which has PKCE alone. Default `"client_secret_basic"`. */
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'none';
  /** Each defaults to the real service's. https, or http to a loopback host. */
  readonly endpoints?: {
    readonly authorization?: string;
    readonly token?: string;
    readonly userInfo?: string;
    readonly revocation?: string;
  };
}

/**
 * A Passport strategy of the host's own, in code only, under an id that is not one of ours. It must go out by a redirect
 * to https (or http to a loopback host), come back with a code (RFC 6749, section 4.1) and take `callbackURL` as an
 * option of `authenticate`, as all that extend `passport-oauth2` do; its own state and PKCE work, and so does
 * `response_mode=form_post`. One of OAuth 1.0, SAML or OpenID 2.0, or that reads passwords or tokens, is refused at start-up.
 * It sees a request of ours in place of the host's: with `query` or `body`, `headers`, `get()`, `protocol`, `originalUrl`, a
 * throw-away `session` and `_passport`, and nothing of the person's browser. Register our redirect URI,
 * `<baseUrl>/callback/openid/<id>`, at the provider. What it asks of the provider is its own business: our limits
 * and checks of answers do not reach inside it, apart from 5 s for each half of the flow. What it throws in a callback is
 * caught where it calls by the client of `passport-oauth2`; anywhere else that ends the process. So prefer a built-in
 * provider where there is one. Its tokens are neither kept nor revoked.
 */
export interface HostProviderOptions extends NamedProviderOptions {
  /** The strategy, made and never registered by the host; its verify callback hands on what `profile` needs, and no user is looked up in it. Required. */
  readonly strategy: PassportStrategy;
  /**
   * Options that the strategy takes in `authenticate()`, such as `{ prompt: 'select_account', hd: 'example.com', accessType: 'offline' }`
   * for `passport-google-oauth20`; given on the way out and on the way back. `callbackURL`, `session` and `state` are ours. Default none.
   */
  readonly authenticateOptions?: Readonly<Record<string, unknown>>;
  /** Makes a profile of what the verify callback gave to `done(null, user, info)`; what it throws fails the flow. Required. */
  profile(user: unknown, info: unknown): HostProfile;
}

export type { HostProfile, PassportStrategy };

export type ProviderOptions =
  | LogtoOptions
  | QqOptions
  | OpenIdOptions
  | FurtherOpenIdOptions
  | GoogleOptions
  | AppleOptions
  | XOptions
  | HostProviderOptions;

/** By provider id: the six known ones, or `^[a-z][a-z0-9-]{0,63}$` with `type: 'oidc'` or a `strategy` of the host's own. */
export interface ProvidersOptions {
  readonly logto?: LogtoOptions;
  readonly qq?: QqOptions;
  readonly oidc?: OpenIdOptions;
  readonly google?: GoogleOptions;
  readonly apple?: AppleOptions;
  readonly x?: XOptions;
  readonly [id: string]: ProviderOptions | undefined;
}
