// The Passport strategies, public: for an app that mounts nothing else of ours.

import * as classes from './passport/provider-strategies.js';
import type {
  AppleStrategyOptions,
  GoogleStrategyOptions,
  LogtoStrategyOptions,
  OAuthStrategyClass,
  OpenIDConnectStrategyOptions,
  OpenIDStrategyClass,
  QQStrategyOptions,
  XStrategyOptions,
} from './passport/strategy-types.js';

export { type FailureCode, LatchkeyError } from './accounts/errors.js';
export type { FlowContext, StateStore, StoreCallback, StoreMeta, StoreVerifyCallback } from './passport/state-store.js';
export type * from './passport/strategy-types.js';
export { ConfigurationError } from './support/configuration-error.js';

/** Google, by OpenID Connect. Its name at Passport is `google`. */
export const GoogleStrategy: OpenIDStrategyClass<GoogleStrategyOptions> = classes.GoogleStrategy;

/** Sign in with Apple. Its answer is a form: `express.urlencoded()` belongs before the callback, which is a POST. Its name is `apple`. */
export const AppleStrategy: OpenIDStrategyClass<AppleStrategyOptions> = classes.AppleStrategy;

/** X, by OAuth 2.0 with PKCE. Its name is `x`. */
export const XStrategy: OAuthStrategyClass<XStrategyOptions> = classes.XStrategy;

/** Tencent QQ Connect. Its name is `qq`. */
export const QQStrategy: OAuthStrategyClass<QQStrategyOptions> = classes.QQStrategy;

/** Logto, a tenant in its cloud or a server of one's own. Its name is `logto`. */
export const LogtoStrategy: OpenIDStrategyClass<LogtoStrategyOptions> = classes.LogtoStrategy;

/** Any provider of OpenID Connect with discovery. Its name is `openidconnect`. */
export const OpenIDConnectStrategy: OpenIDStrategyClass<OpenIDConnectStrategyOptions> = classes.OpenIDConnectStrategy;
