// GenAuth V3: HTTP 200 with a business status, because its clients throw on anything else; links and providers in its form.

import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { SocialLink } from '../accounts/types.js';
import { genAuthType, isOAuth, oauthProvider } from '../providers/index.js';
import type { ProviderConfig } from '../providers/provider-config.js';
import { defaultExtIdpId } from '../providers/provider-schema.js';
import type { CodeMap, Dialect } from './dialect.js';

const FAILURES: CodeMap<readonly [statusCode: number, apiCode?: number]> = {
  validation_failed: [400],
  user_not_found: [404],
  unsupported_media_type: [400],
  payload_too_large: [400],
  unauthenticated: [401, 2020],
  wrong_token_type: [401, 2020],
  refresh_refused: [401, 2020],
  refresh_suspended: [401, 2020],
  token_reuse_detected: [401, 2020],
  session_not_found: [404],
  current_session: [400],
  id_token_refused: [401, 2020],
  provider_disabled: [400],
  not_linked: [404],
  only_sign_in_method: [422],
  not_unlinkable: [422],
  already_linked: [409],
  linked_to_other_user: [409],
  flow_expired: [400],
  sign_up_disabled: [403],
  email_taken: [409],
  sign_up_refused: [422],
  sign_up_not_allowed: [403],
  user_banned: [403, 2005],
  user_inactive: [403, 2005],
  invalid_credentials: [401, 2333],
  wrong_current_password: [401, 2333],
  password_too_common: [400],
  email_not_verified: [403, 2005],
  activation_resent: [409],
  cannot_be_activated: [400],
  signature_missing: [400],
  verify_link_invalid: [400],
  verify_link_expired: [400],
  reset_link_invalid: [400],
  registration_closed: [403],
  password_required: [400],
  password_incorrect: [400],
  same_password: [400],
  denied: [400],
  provider_failed: [502],
  reauthentication_required: [403],
  cross_site_request: [403],
  rate_limited: [429],
  unavailable: [503],
  internal: [500],
};

const STATUSES: Readonly<Partial<CodeMap<number>>> = {
  unsupported_media_type: 415,
  payload_too_large: 413,
  rate_limited: 429,
  unavailable: 503,
};

export const genauth: Dialect = {
  name: 'genauth',
  success: (data) => ({ status: 200, body: { statusCode: 200, message: 'Operation successful', ...(data === undefined ? {} : { data }) } }),
  failure(error, { correlationId, debug }) {
    const [statusCode, apiCode] = FAILURES[error.code];
    return {
      status: STATUSES[error.code] ?? 200,
      body: {
        statusCode,
        message: debug && error.detail !== undefined ? `${error.message} (${error.detail})` : error.message,
        ...(apiCode === undefined ? {} : { apiCode }),
        requestId: correlationId,
      },
    };
  },
};

/** A link outlives its provider's configuration: then the id it had by default still names it. */
export function extIdpIdOf(config: Config, provider: string): string {
  return config.providers.get(provider)?.extIdpId ?? defaultExtIdpId(provider);
}

const OPEN_ID = 'openid';

function subjectType({ namespace }: SocialLink, provider: ProviderConfig | undefined): string {
  if (provider === undefined || !isOAuth(provider)) return OPEN_ID;
  return oauthProvider(provider).subjectType?.(provider, namespace) ?? OPEN_ID;
}

export function toIdentity(config: Config, link: SocialLink) {
  const { name, email, picture } = link;
  return {
    identityId: createHash('sha256').update(`link:${link.id}`).digest('hex').slice(0, 24),
    extIdpId: extIdpIdOf(config, link.provider),
    provider: genAuthType(link.provider, config.providers.get(link.provider)),
    type: subjectType(link, config.providers.get(link.provider)),
    userIdInIdp: link.subject,
    userInfoInIdp: {
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
      ...(picture === undefined ? {} : { picture }),
    },
    originConnIds: [link.provider],
  };
}

/** `bindUrl` is where a browser starts linking; the app adds `app_id` and `id_token`. */
export function toExtIdp(provider: ProviderConfig, bindUrl: string) {
  const type = genAuthType(provider.id, provider);
  return {
    identifier: provider.id,
    extIdpId: provider.extIdpId,
    type,
    extIdpType: type === 'oidc' ? 'enterprise' : 'social',
    bindUrl,
    name: provider.displayName,
    name_en: provider.displayName,
    ...(provider.icon === '' ? {} : { logo: provider.icon }),
  };
}
