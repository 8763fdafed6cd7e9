// The public types of the strategies' options: to make a strategy, and to begin a flow with it.

import type { AppleOptions } from '../providers/apple.js';
import type { GitHubOptions } from '../providers/github.js';
import type { GitLabOptions } from '../providers/gitlab.js';
import type { GoogleOptions } from '../providers/google.js';
import type { LogtoOptions } from '../providers/logto.js';
import type { OpenIdOptions } from '../providers/oidc.js';
import type { CommonProviderOptions, NamedProviderOptions, OpenIdClientOptions } from '../providers/provider-options.js';
import type { QqOptions } from '../providers/qq.js';
import type { XOptions } from '../providers/x.js';
import type { Logger } from '../support/logger.js';
import type { StateStore } from './state-store.js';

/** What every strategy takes. */
export interface StrategyOptions extends Pick<CommonProviderOptions, 'scope'> {
  /** The client id that the provider gave out (RFC 6749, section 2.2). Required. */
  readonly clientID: string;
  /** The redirect URI as it is registered at the provider: absolute, because it is never completed from a header (RFC 6749, section 3.1.2). Required. */
  readonly callbackURL: string;
  /**
   * Where state, nonce and PKCE verifier are kept until the person comes back. Default: in `req.session`, for 10 minutes and one use.
   * Apple's answer is a cross-site POST, to which browsers do not attach a `SameSite=Lax` cookie.
   */
  readonly store?: StateStore;
  /** True: `verify` gets the request first. Default false. */
  readonly passReqToCallback?: boolean;
  /** Gets log lines about a provider's oddities. Default: nothing is logged. */
  readonly logger?: Logger;
}

/** The provider options that only our own router uses. */
export type OfRouter = keyof NamedProviderOptions | 'type' | 'subjectsOf' | 'nativeClientIds';

/** The options that Passport strategies spell differently: `clientID`, `keyID`, `teamID`. */
export type Renamed = 'clientId' | 'keyId' | 'teamId';

/** A provider's options that its strategy also takes. */
type Of<Options> = Omit<Options, OfRouter | Renamed>;

/** What every OpenID Connect strategy takes, except Apple's. */
export interface OpenIDStrategyOptions extends StrategyOptions, Of<OpenIdClientOptions> {
  /** The id under which the provider knows `privateKey`: `kid` of the assertion. Default none. */
  readonly keyID?: string;
}

export interface OpenIDConnectStrategyOptions extends OpenIDStrategyOptions, Of<OpenIdOptions> {}

export interface LogtoStrategyOptions extends OpenIDStrategyOptions, Of<LogtoOptions> {}

export interface GoogleStrategyOptions extends OpenIDStrategyOptions, Of<GoogleOptions> {}

export interface AppleStrategyOptions extends StrategyOptions, Of<AppleOptions> {
  /** The developer team's id: `iss` of the client secret. Required. */
  readonly teamID: string;
  /** The id of the key: `kid` of the client secret. Required. */
  readonly keyID: string;
}

export interface QQStrategyOptions extends StrategyOptions, Of<QqOptions> {}

export interface XStrategyOptions extends StrategyOptions, Of<XOptions> {}

export interface GitLabStrategyOptions extends OpenIDStrategyOptions, Of<GitLabOptions> {}

export interface GitHubStrategyOptions extends StrategyOptions, Of<GitHubOptions> {}

/** What `passport.authenticate(name, options)` takes beside Passport's own options, when a flow begins. */
export interface StrategyAuthenticateOptions {
  /** A value of the app's own: it is kept in the store and comes back as `info.state`. It is not the `state` of the authorization request. */
  readonly state?: unknown;
  /** Replaces the `scope` of the constructor. */
  readonly scope?: string | readonly string[] | undefined;
  /** OpenID Connect Core 1.0, section 3.1.2.1. */
  readonly prompt?: string | undefined;
  /** The e-mail address that the person is expected to choose. */
  readonly loginHint?: string | undefined;
  /** True: the person must prove again at the provider who they are. An ID token with an older `auth_time` does not sign in, nor does one without it if the provider usually sends it. Default false. */
  readonly reauthenticate?: boolean | undefined;
}
