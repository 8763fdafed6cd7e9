// The class of each provider: an app makes one of its options, our own router of its configuration.

import { isOpenId } from '../providers/acceptances.js';
import type { OAuthProviderConfig } from '../providers/oauth-index.js';
import type { OpenIdConfig } from '../providers/provider.js';
import { OAUTH_VERIFY_TAKES, OAuthStrategy } from './oauth-strategy.js';
import { OPENID_VERIFY_TAKES, OpenIdStrategy, type Verify } from './openid-strategy.js';
import { type OptionNames, StrategySetting, settingOf } from './strategy-setting.js';
import type {
  AppleStrategyOptions,
  GoogleStrategyOptions,
  LogtoStrategyOptions,
  OpenIDConnectStrategyOptions,
  OpenIDStrategyOptions,
  QQStrategyOptions,
  StrategyOptions,
  XStrategyOptions,
} from './strategy-types.js';

const COMMON = { clientID: 'clientId', scope: 'scope' } as const satisfies OptionNames<StrategyOptions>;

const OPENID = {
  ...COMMON,
  clientSecret: 'clientSecret',
  tokenEndpointAuthMethod: 'tokenEndpointAuthMethod',
  tokenEndpointAuthSigningAlg: 'tokenEndpointAuthSigningAlg',
  privateKey: 'privateKey',
  keyID: 'keyId',
  audiences: 'audiences',
} as const satisfies OptionNames<OpenIDStrategyOptions>;

/** An app's options, or what our own router has checked already. */
type Given<Options, Config extends OpenIdConfig | OAuthProviderConfig> = Options | StrategySetting<Config>;

function openId(type: OpenIdConfig['type'], name: string, names: Readonly<Record<string, string>>) {
  const kind = { type, name, names, verifyTakes: OPENID_VERIFY_TAKES };
  return (given: Given<object, OpenIdConfig>, verify: Verify): StrategySetting<OpenIdConfig> => {
    if (given instanceof StrategySetting) return given;
    const { config, ...setting } = settingOf(kind, given, verify);
    if (!isOpenId(config)) throw new TypeError('This strategy is for OpenID Connect');
    return new StrategySetting({ ...setting, config });
  };
}

function oauth(type: OAuthProviderConfig['type'], names: Readonly<Record<string, string>>) {
  const kind = { type, name: type, names, verifyTakes: OAUTH_VERIFY_TAKES };
  return (given: Given<object, OAuthProviderConfig>, verify: Verify): StrategySetting<OAuthProviderConfig> => {
    if (given instanceof StrategySetting) return given;
    const { config, ...setting } = settingOf(kind, given, verify);
    if (isOpenId(config) || config.type === 'host') throw new TypeError('This strategy is for OAuth 2.0');
    return new StrategySetting({ ...setting, config });
  };
}

const ofOpenIDConnect = openId('oidc', 'openidconnect', {
  ...OPENID,
  issuer: 'issuer',
  tenants: 'tenants',
} satisfies OptionNames<OpenIDConnectStrategyOptions>);

export class OpenIDConnectStrategy extends OpenIdStrategy {
  constructor(options: Given<OpenIDConnectStrategyOptions, OpenIdConfig>, verify: Verify) {
    super(ofOpenIDConnect(options, verify), verify);
  }
}

const ofLogto = openId('logto', 'logto', { ...OPENID, endpoint: 'endpoint' } satisfies OptionNames<LogtoStrategyOptions>);

export class LogtoStrategy extends OpenIdStrategy {
  constructor(options: Given<LogtoStrategyOptions, OpenIdConfig>, verify: Verify) {
    super(ofLogto(options, verify), verify);
  }
}

const ofGoogle = openId('google', 'google', { ...OPENID, issuer: 'issuer', hd: 'hd' } satisfies OptionNames<GoogleStrategyOptions>);

export class GoogleStrategy extends OpenIdStrategy {
  constructor(options: Given<GoogleStrategyOptions, OpenIdConfig>, verify: Verify) {
    super(ofGoogle(options, verify), verify);
  }
}

const ofApple = openId('apple', 'apple', {
  ...COMMON,
  issuer: 'issuer',
  teamID: 'teamId',
  keyID: 'keyId',
  privateKey: 'privateKey',
} satisfies OptionNames<AppleStrategyOptions>);

export class AppleStrategy extends OpenIdStrategy {
  constructor(options: Given<AppleStrategyOptions, OpenIdConfig>, verify: Verify) {
    super(ofApple(options, verify), verify);
  }
}

const ofQQ = oauth('qq', {
  ...COMMON,
  clientSecret: 'clientSecret',
  useUnionId: 'useUnionId',
  endpoints: 'endpoints',
} satisfies OptionNames<QQStrategyOptions>);

export class QQStrategy extends OAuthStrategy {
  constructor(options: Given<QQStrategyOptions, OAuthProviderConfig>, verify: Verify) {
    super(ofQQ(options, verify), verify);
  }
}

const ofX = oauth('x', {
  ...COMMON,
  clientSecret: 'clientSecret',
  tokenEndpointAuthMethod: 'tokenEndpointAuthMethod',
  endpoints: 'endpoints',
} satisfies OptionNames<XStrategyOptions>);

export class XStrategy extends OAuthStrategy {
  constructor(options: Given<XStrategyOptions, OAuthProviderConfig>, verify: Verify) {
    super(ofX(options, verify), verify);
  }
}

/** By the configuration's `type`; a type without a class does not compile. */
export function openIdStrategy(setting: StrategySetting<OpenIdConfig>, verify: Verify): OpenIdStrategy {
  return new OPENID_STRATEGIES[setting.config.type](setting, verify);
}

/** The same for OAuth 2.0. */
export function oauthStrategy(setting: StrategySetting<OAuthProviderConfig>, verify: Verify): OAuthStrategy {
  return new OAUTH_STRATEGIES[setting.config.type](setting, verify);
}

const OPENID_STRATEGIES = {
  oidc: OpenIDConnectStrategy,
  logto: LogtoStrategy,
  google: GoogleStrategy,
  apple: AppleStrategy,
} as const satisfies Record<OpenIdConfig['type'], new (setting: StrategySetting<OpenIdConfig>, verify: Verify) => OpenIdStrategy>;

const OAUTH_STRATEGIES = { qq: QQStrategy, x: XStrategy } as const satisfies Record<
  OAuthProviderConfig['type'],
  new (
    setting: StrategySetting<OAuthProviderConfig>,
    verify: Verify,
  ) => OAuthStrategy
>;
