// Which file knows the quirks of which provider type, for those that speak plain OAuth 2.0.

import type { OAuthProvider, OAuthProviderOptions } from './oauth-provider.js';
import type { QqProviderConfig, XProviderConfig } from './provider-config.js';
import { qq } from './qq.js';
import { x } from './x.js';

export type OAuthProviderConfig = QqProviderConfig | XProviderConfig;

/** By the configuration's `type`; a type without a file does not compile. */
export function oauthProvider(config: OAuthProviderConfig, options: OAuthProviderOptions): OAuthProvider {
  switch (config.type) {
    case 'qq':
      return qq(config);
    case 'x':
      return x(config, options);
  }
}
