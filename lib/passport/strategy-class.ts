// The public strategy class of a provider, which an app makes from the provider's options; our own router makes the base class from its
// configuration.

import { isOAuth, isOpenId, type OAuthType, type OpenIdType } from '../providers/index.js';
import { OAUTH_VERIFY_TAKES, OAuthStrategy } from './oauth-strategy.js';
import { OPENID_VERIFY_TAKES, OpenIdStrategy, type Verify } from './openid-strategy.js';
import { StrategySetting, settingOf } from './strategy-setting.js';

type StrategyClass<Strategy> = new (options: object, verify: Verify) => Strategy;

/** Of a provider of OpenID Connect, by its name in the registry. */
export function openIdStrategy(type: OpenIdType): StrategyClass<OpenIdStrategy> {
  function checked(options: object, verify: Verify) {
    const { config, ...setting } = settingOf({ type, verifyTakes: OPENID_VERIFY_TAKES }, options, verify);
    if (!isOpenId(config)) throw new TypeError('This strategy is for OpenID Connect');
    return new StrategySetting({ ...setting, config });
  }
  return class extends OpenIdStrategy {
    constructor(options: object, verify: Verify) {
      super(checked(options, verify), verify);
    }
  };
}

/** The same for plain OAuth 2.0. */
export function oauthStrategy(type: OAuthType): StrategyClass<OAuthStrategy> {
  function checked(options: object, verify: Verify) {
    const { config, ...setting } = settingOf({ type, verifyTakes: OAUTH_VERIFY_TAKES }, options, verify);
    if (!isOAuth(config)) throw new TypeError('This strategy is for OAuth 2.0');
    return new StrategySetting({ ...setting, config });
  }
  return class extends OAuthStrategy {
    constructor(options: object, verify: Verify) {
      super(checked(options, verify), verify);
    }
  };
}
