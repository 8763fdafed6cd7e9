// What the file of a plain OAuth 2.0 provider says about its endpoints: the requests to send, and how to read the answers.

import type { Profile, ProviderTokens } from '../accounts/types.js';

/** Who asks: how it is written down and encoded is the same for every provider. */
export type Credentials =
  /** The client itself, form-encoded in Basic (RFC 6749, section 2.3.1). */
  | { readonly kind: 'client'; readonly id: string; readonly secret: string }
  /** RFC 6750, section 2.1. */
  | { readonly kind: 'bearer'; readonly token: string };

/** A request to one of the configured endpoints. Its query may hold secrets, so it is never quoted. */
export interface ProviderRequest {
  readonly endpoint: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Default: with a form it is a POST, else a GET. */
  readonly method?: 'DELETE';
  readonly form?: Readonly<Record<string, string>>;
  /** A body of JSON in place of a form. */
  readonly json?: Readonly<Record<string, string>>;
  readonly credentials?: Credentials;
}

/** An answer before anything of it is believed. */
export interface ProviderAnswer {
  readonly status: number;
  /** Whether it calls itself JSON; QQ never does. */
  readonly isJson: boolean;
  /** At most 1 MiB. */
  readonly text: string;
}

/** @throws Error when there is no answer in time, or it is a redirect, or too large */
export type Ask = (request: ProviderRequest) => Promise<ProviderAnswer>;

/** RFC 6749, section 4.1.3. */
export interface CodeGrant {
  readonly code: string;
  /** RFC 7636, section 4.5; for providers with PKCE. */
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** Whom an access token speaks for; the subject is still to be checked. */
export interface Whose {
  readonly subject: unknown;
  readonly profile: Profile;
}

export interface OAuthServiceOptions {
  /** Whether the provider's tokens are stored, so that ones that last are worth asking for. */
  readonly keepsTokens: boolean;
}

/** What is asked of a provider without OpenID Connect. Each function throws a plain Error, free of secrets, at an answer that does not hold. */
export interface OAuthService {
  /** Within which its subjects are unique. */
  readonly namespace: string;
  /** What it calls itself in the redirect (RFC 9207); absent for one that names itself never, so that any name there is another's. */
  readonly issuer?: string;
  readonly authorizationEndpoint: string;
  readonly scope: readonly string[];
  readonly scopeSeparator: ' ' | ',';
  /** Whether it takes a code challenge (RFC 7636). */
  readonly pkce: boolean;
  /** Parameters of the authorization request where the person is to prove who they are. Default none. */
  readonly whenFresh?: Readonly<Record<string, string>>;
  /** The one token request of a finish. */
  tokenRequest(grant: CodeGrant): ProviderRequest;
  tokens(answer: ProviderAnswer): ProviderTokens;
  whose(accessToken: string, ask: Ask): Promise<Whose>;
  /** RFC 6749, section 6; its answer is one for `tokens`. Absent where tokens are not refreshed. */
  refreshRequest?(refreshToken: string): ProviderRequest;
  /** RFC 7009, section 2.1; absent where the provider has no endpoint for it. */
  revocation?(tokens: ProviderTokens): ProviderRequest;
  /** Whether its answer means that the tokens are gone. Default: status 200. */
  isRevoked?(answer: ProviderAnswer): boolean;
}
