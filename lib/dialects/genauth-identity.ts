// Links and providers as GenAuth's clients read them.

import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { SocialLink } from '../accounts/types.js';
import { genAuthType } from '../providers/catalogue.js';
import { defaultExtIdpId } from '../providers/ext-idp-id.js';
import type { ProviderConfig } from '../providers/provider-config.js';
import { UNION_IDS } from '../providers/qq.js';

/** A link outlives its provider's configuration: then the id it had by default still names it. */
export function extIdpIdOf(config: Config, provider: string): string {
  return config.providers.get(provider)?.extIdpId ?? defaultExtIdpId(provider);
}

/** QQ's union id is one per developer, its open id one per app; of a link of before it was kept the configuration says which. */
function subjectType({ namespace }: SocialLink, provider: ProviderConfig | undefined): string {
  if (provider?.type !== 'qq') return 'openid';
  const isUnionId = namespace === undefined ? provider.useUnionId : namespace === UNION_IDS;
  return isUnionId ? 'unionid' : 'openid';
}

export function toIdentity(config: Config, link: SocialLink) {
  const { name, email, picture } = link;
  return {
    identityId: createHash('sha256').update(`link:${link.id}`).digest('hex').slice(0, 24),
    extIdpId: extIdpIdOf(config, link.provider),
    provider: genAuthType(link.provider),
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

const SOCIAL: ReadonlySet<string> = new Set(['google', 'apple', 'qq', 'twitter']);

/** `bindUrl` is where a browser starts linking; the app adds `app_id` and `id_token`. */
export function toExtIdp(provider: ProviderConfig, bindUrl: string) {
  const type = genAuthType(provider.id);
  return {
    identifier: provider.id,
    extIdpId: provider.extIdpId,
    type,
    extIdpType: SOCIAL.has(type) ? 'social' : 'enterprise',
    bindUrl,
    name: provider.displayName,
    name_en: provider.displayName,
    ...(provider.icon === '' ? {} : { logo: provider.icon }),
  };
}
