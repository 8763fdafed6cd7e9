// What a strategy tells the app's `verify`, and the classes that an app makes one of: public types, in the words of the Passport family.

import type { Request } from 'express';
import type { VerifiedIdentity } from '../accounts/types.js';

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
