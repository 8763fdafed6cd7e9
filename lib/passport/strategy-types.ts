// The public types of the strategies: their classes, and the values they pass to `verify`, in Passport's usual words.

import type { Request } from 'express';
import type { VerifiedIdentity } from '../accounts/types.js';

/** The person who came back, in Passport's normal form. */
export interface StrategyProfile {
  /** The strategy's name. */
  readonly provider: string;
  /** The subject, which the provider never changes nor gives to somebody else. Only together with the issuer (`identity.namespace`) it identifies one person. */
  readonly id: string;
  readonly displayName?: string;
  /** `verified` is true only if the provider says that it has verified the address. */
  readonly emails?: readonly { readonly value: string; readonly verified: boolean }[];
  readonly photos?: readonly { readonly value: string }[];
  /** The whole identity as it was checked, without tokens. */
  readonly identity: Omit<VerifiedIdentity, 'tokens'>;
  /** When the access token expires, in milliseconds since 1970, if the provider says so. */
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

/** Called with an error, or with the user; with `false` and an explanation if there is no user. */
export type Done = (error?: unknown, user?: object | false | null, info?: object) => void;

/** The answer of the token endpoint (RFC 6749, section 5.1). */
export type TokenParams = Readonly<Record<string, unknown>>;

/** An instance that `passport.use()` takes. */
export interface ProviderStrategy {
  name: string;
  authenticate(req: object, options?: object): void;
}

type Plain<Options> = Options & { readonly passReqToCallback?: false };
type WithRequest<Options> = Options & { readonly passReqToCallback: true };
type Profile = StrategyProfile;
type Context = StrategyContext;

/**
 * A strategy class for OpenID Connect. The number of parameters of `verify` decides which values it gets, as in
 * `passport-openidconnect`: 3, 4, 5, 7 or 8, plus the request in front with `passReqToCallback`. TypeScript infers the types of the
 * shortest form; for a longer form, write the types of the parameters.
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
 * A strategy class for OAuth 2.0; `verify` is as in `passport-oauth2`.
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
