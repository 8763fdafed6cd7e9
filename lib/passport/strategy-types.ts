// What an app writes to make a strategy, and what the strategy tells its `verify`: the public types, in the words of the Passport family.

import type { Request } from 'express';
import type { VerifiedIdentity } from '../accounts/types.js';
import type { TokenEndpointAuthMethod } from '../providers/token-endpoint-auth.js';
import type { Logger } from '../support/logger.js';
import type { StateStore } from './state-store.js';

/** What every strategy takes. */
export interface StrategyOptions {
  /** The client id that the provider gave out (RFC 6749, section 2.2). Required. */
  readonly clientID: string;
  /** The redirect URI as it is registered at the provider: absolute, because it is never completed from a header (RFC 6749, section 3.1.2). Required. */
  readonly callbackURL: string;
  /** Scopes in place of the provider's default (RFC 6749, section 3.3): a list, or text separated by spaces or commas. `openid` is always asked for where it exists. */
  readonly scope?: string | readonly string[];
  /**
   * Where state, nonce and PKCE verifier lie until the person comes back. Default: in `req.session`, for 10 minutes, and taken once.
   * Apple's answer is a cross-site POST, which a `SameSite=Lax` cookie does not come with.
   */
  readonly store?: StateStore;
  /** True: `verify` gets the request first. Default false. */
  readonly passReqToCallback?: boolean;
  /** Who is told of a provider's oddities. Default: nobody. */
  readonly logger?: Logger;
}

/** What every strategy of OpenID Connect takes, Apple's apart. */
export interface OpenIDStrategyOptions extends StrategyOptions {
  /** The client secret. Required, but for a public client and one that proves itself by `privateKey`, which have none. */
  readonly clientSecret?: string;
  /** `token_endpoint_auth_method` (RFC 7591, section 2). Default: of the three that a secret is good for the first that the provider announces. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /** With what an assertion is signed, such as `"PS256"`. Default: the first that the provider announces of those that the key can do. */
  readonly tokenEndpointAuthSigningAlg?: string;
  /** The key of `"private_key_jwt"`: PKCS #8 in PEM; RSA from 2048 bits on, P-256, P-384, P-521 or Ed25519. */
  readonly privateKey?: string;
  /** The id under which the provider knows that key: `kid` of the assertion. Default none. */
  readonly keyID?: string;
  /** Further audiences that an ID token may name beside the client id; its `azp` must be ours then (OpenID Connect Core 1.0, section 3.1.3.7). Default none. */
  readonly audiences?: readonly string[];
}

/** Any provider that keeps to OpenID Connect Core 1.0 and Discovery 1.0. */
export interface OpenIDConnectStrategyOptions extends OpenIDStrategyOptions {
  /** The issuer identifier, exactly as in the discovery document. https, or http to a loopback host. Required. */
  readonly issuer: string;
  /** The ids of the tenants whose people may come, where the issuer is one for many (Microsoft Entra ID). Required there, else none. */
  readonly tenants?: readonly string[];
}

export interface LogtoStrategyOptions extends OpenIDStrategyOptions {
  /** The tenant's endpoint, such as `https://TENANT.logto.app`. https, or http to a loopback host. Required. */
  readonly endpoint: string;
}

export interface GoogleStrategyOptions extends OpenIDStrategyOptions {
  /** Default `https://accounts.google.com`. */
  readonly issuer?: string;
  /** The one domain of a Google Workspace organization whose people may come; it is compared with the `hd` claim. Default none: anybody. */
  readonly hd?: string;
}

export interface AppleStrategyOptions extends StrategyOptions {
  /** Default `https://appleid.apple.com`. */
  readonly issuer?: string;
  /** The developer team's id: `iss` of the client secret. Required. */
  readonly teamID: string;
  /** The id of the key: `kid` of the client secret. Required. */
  readonly keyID: string;
  /** The key as Apple gives it out: PKCS #8 in PEM, elliptic curve P-256. Required. */
  readonly privateKey: string;
}

export interface QQStrategyOptions extends StrategyOptions {
  /** The application key. Required. */
  readonly clientSecret: string;
  /** True: a person is known by `unionid` (one per developer) in place of `openid` (one per application). Default false. */
  readonly useUnionId?: boolean;
  /** Each defaults to the real service's. https, or http to a loopback host. */
  readonly endpoints?: {
    readonly authorization?: string;
    readonly token?: string;
    readonly openId?: string;
    readonly userInfo?: string;
  };
}

export interface XStrategyOptions extends StrategyOptions {
  /** The client secret of a confidential client. Required, but for a public one. */
  readonly clientSecret?: string;
  /** `"none"`: a public client, which has PKCE alone. Default `"client_secret_basic"`. */
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'none';
  /** Each defaults to the real service's. https, or http to a loopback host. */
  readonly endpoints?: {
    readonly authorization?: string;
    readonly token?: string;
    readonly userInfo?: string;
    readonly revocation?: string;
  };
}

/** What `passport.authenticate(name, options)` takes beside Passport's own, where a flow begins. */
export interface StrategyAuthenticateOptions {
  /** Of the app's own: it lies in the store and comes back as `info.state`. It is not the `state` of the authorization request. */
  readonly state?: unknown;
  /** In place of the constructor's. */
  readonly scope?: string | readonly string[] | undefined;
  /** OpenID Connect Core 1.0, section 3.1.2.1. */
  readonly prompt?: string | undefined;
  /** The e-mail address that the person is expected to choose. */
  readonly loginHint?: string | undefined;
  /** True: the person is to prove at the provider who they are; an ID token with an older `auth_time`, or none where the provider tells it, does not sign in. Default false. */
  readonly reauthenticate?: boolean | undefined;
}

/** Who came back, in Passport's normal form. */
export interface StrategyProfile {
  /** The strategy's name. */
  readonly provider: string;
  /** The subject: what the provider never changes nor gives to another. Only with the issuer (`identity.namespace`) it names one person. */
  readonly id: string;
  readonly displayName?: string;
  /** `verified` is true only where the provider says that it has proven the address. */
  readonly emails?: readonly { readonly value: string; readonly verified: boolean }[];
  readonly photos?: readonly { readonly value: string }[];
  /** Everything that was checked, and no tokens. */
  readonly identity: Omit<VerifiedIdentity, 'tokens'>;
  /** When the access token is over, in milliseconds since 1970, where the provider says so. */
  readonly expiresAt?: number;
  /** OpenID Connect only: the ID token's claims, completed by userinfo. */
  readonly _json?: Readonly<Record<string, unknown>>;
}

/** How the person signed in at the provider (OpenID Connect Core 1.0, section 2). */
export interface StrategyContext {
  /** `auth_time`. */
  readonly timestamp?: Date;
  /** `acr`. */
  readonly class?: string;
  /** `amr`. */
  readonly methods?: readonly string[];
}

/** An error, or who it is; `false` with what to say for nobody. */
export type Done = (error?: unknown, user?: object | false | null, info?: object) => void;

/** The answer of the token endpoint (RFC 6749, section 5.1). */
export type TokenParams = Readonly<Record<string, unknown>>;

/** An instance, as `passport.use()` takes it. */
export interface ProviderStrategy {
  name: string;
  authenticate(req: object, options?: object): void;
}

type Plain<Options> = Options & { readonly passReqToCallback?: false };
type WithRequest<Options> = Options & { readonly passReqToCallback: true };
type Profile = StrategyProfile;
type Context = StrategyContext;

/**
 * A class of OpenID Connect. How much `verify` is told hangs on how many parameters it has, as in `passport-openidconnect`:
 * 3, 4, 5, 7 or 8, and the request before them with `passReqToCallback`. TypeScript infers the types of the shortest form; the
 * parameters of a longer one are written with theirs.
 * @throws ConfigurationError with every mistake in the options
 */
export interface OpenIDStrategyClass<Options> {
  new (options: Plain<Options>, verify: (issuer: string, profile: Profile, done: Done) => unknown): ProviderStrategy;
  new (options: Plain<Options>, verify: (issuer: string, profile: Profile, context: Context, done: Done) => unknown): ProviderStrategy;
  new (
    options: Plain<Options>,
    verify: (issuer: string, profile: Profile, context: Context, idToken: string, done: Done) => unknown,
  ): ProviderStrategy;
  new (
    options: Plain<Options>,
    verify: (
      ...args: [
        issuer: string,
        profile: Profile,
        context: Context,
        idToken: string,
        accessToken: string,
        refreshToken: string | undefined,
        done: Done,
      ]
    ) => unknown,
  ): ProviderStrategy;
  new (
    options: Plain<Options>,
    verify: (
      ...args: [
        issuer: string,
        profile: Profile,
        context: Context,
        idToken: string,
        accessToken: string,
        refreshToken: string | undefined,
        params: TokenParams,
        done: Done,
      ]
    ) => unknown,
  ): ProviderStrategy;
  new (options: WithRequest<Options>, verify: (req: Request, issuer: string, profile: Profile, done: Done) => unknown): ProviderStrategy;
  new (
    options: WithRequest<Options>,
    verify: (req: Request, issuer: string, profile: Profile, context: Context, done: Done) => unknown,
  ): ProviderStrategy;
  new (
    options: WithRequest<Options>,
    verify: (req: Request, issuer: string, profile: Profile, context: Context, idToken: string, done: Done) => unknown,
  ): ProviderStrategy;
  new (
    options: WithRequest<Options>,
    verify: (
      ...args: [
        req: Request,
        issuer: string,
        profile: Profile,
        context: Context,
        idToken: string,
        accessToken: string,
        refreshToken: string | undefined,
        done: Done,
      ]
    ) => unknown,
  ): ProviderStrategy;
  new (
    options: WithRequest<Options>,
    verify: (
      ...args: [
        req: Request,
        issuer: string,
        profile: Profile,
        context: Context,
        idToken: string,
        accessToken: string,
        refreshToken: string | undefined,
        params: TokenParams,
        done: Done,
      ]
    ) => unknown,
  ): ProviderStrategy;
}

/**
 * A class of OAuth 2.0; `verify` as in `passport-oauth2`.
 * @throws ConfigurationError with every mistake in the options
 */
export interface OAuthStrategyClass<Options> {
  new (
    options: Plain<Options>,
    verify: (accessToken: string, refreshToken: string | undefined, profile: Profile, done: Done) => unknown,
  ): ProviderStrategy;
  new (
    options: WithRequest<Options>,
    verify: (req: Request, accessToken: string, refreshToken: string | undefined, profile: Profile, done: Done) => unknown,
  ): ProviderStrategy;
}
