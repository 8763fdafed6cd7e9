// The public Passport strategies, for an app that mounts nothing else of Latchkey.

import { oauthStrategy, openIdStrategy } from './passport/strategy-class.js';
import type {
  AppleStrategyOptions,
  GitHubStrategyOptions,
  GitLabStrategyOptions,
  GoogleStrategyOptions,
  LogtoStrategyOptions,
  OpenIDConnectStrategyOptions,
  QQStrategyOptions,
  XStrategyOptions,
} from './passport/strategy-options.js';
import type { OAuthStrategyClass, OpenIDStrategyClass } from './passport/strategy-types.js';

export { type FailureCode, LatchkeyError } from './accounts/errors.js';
export type { FlowContext, StateStore, StoreCallback, StoreMeta, StoreVerifyCallback } from './passport/state-store.js';
export type * from './passport/strategy-types.js';
export { ConfigurationError } from './support/configuration-error.js';

/** Google, by OpenID Connect. Its Passport name is `google`. */
export const GoogleStrategy: OpenIDStrategyClass<GoogleStrategyOptions> = class GoogleStrategy extends openIdStrategy('google') {};

/** Sign in with Apple. Apple answers with a form: mount `express.urlencoded()` before the callback, which is a POST. Its name is `apple`. */
export const AppleStrategy: OpenIDStrategyClass<AppleStrategyOptions> = class AppleStrategy extends openIdStrategy('apple') {};

/** X, by OAuth 2.0 with PKCE. Its name is `x`. */
export const XStrategy: OAuthStrategyClass<XStrategyOptions> = class XStrategy extends oauthStrategy('x') {};

/** Tencent QQ Connect. Its name is `qq`. */
export const QQStrategy: OAuthStrategyClass<QQStrategyOptions> = class QQStrategy extends oauthStrategy('qq') {};

/** Logto, a tenant in its cloud or your own server. Its name is `logto`. */
export const LogtoStrategy: OpenIDStrategyClass<LogtoStrategyOptions> = class LogtoStrategy extends openIdStrategy('logto') {};

/** Any OpenID Connect provider that has a discovery document. Its name is `openidconnect`. */
export const OpenIDConnectStrategy: OpenIDStrategyClass<OpenIDConnectStrategyOptions> = class OpenIDConnectStrategy extends openIdStrategy(
  'oidc',
) {};

/** GitLab, by OpenID Connect. Its name is `gitlab`. */
export const GitLabStrategy: OpenIDStrategyClass<GitLabStrategyOptions> = class GitLabStrategy extends openIdStrategy('gitlab') {};

/** GitHub, by OAuth 2.0 with PKCE. Its name is `github`. */
export const GitHubStrategy: OAuthStrategyClass<GitHubStrategyOptions> = class GitHubStrategy extends oauthStrategy('github') {};
