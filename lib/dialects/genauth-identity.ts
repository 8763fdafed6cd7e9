// Links and providers as GenAuth's clients read them.

import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { SocialLink } from '../accounts/types.js';
import { genAuthType, isOAuth, oauthProvider } from '../providers/index.js';
import type { ProviderConfig } from '../providers/provider-config.js';
import { defaultExtIdpId } from '../providers/provider-schema.js';

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
