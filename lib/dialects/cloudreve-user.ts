// A user, a token pair and the settings as Cloudreve's clients read them; fields its document requires are always there.

import type { SignInRecord } from '../accounts/ports.js';
import type { Account, User } from '../accounts/types.js';
import { cloudreveNumber } from '../providers/index.js';
import { nameUserAgent } from '../support/user-agent.js';
import type { PublicIds } from '../tokens/public-ids.js';
import type { TokenPair } from '../tokens/token-pairs.js';

/** What the document has for people without a picture of their own: typed clients know no other text than its two. */
const NO_AVATAR = null;

export function toCloudreveUser(user: User, publicIds: PublicIds) {
  return {
    id: publicIds.user(user.id),
    ...(user.email === undefined ? {} : { email: user.email }),
    nickname: user.nickname,
    status: user.status,
    avatar: user.avatar === '' ? NO_AVATAR : user.avatar,
    created_at: user.createdAt.toISOString(),
    preferred_theme: user.preferredTheme,
    anonymous: false,
    group: {
      id: publicIds.group(user.group.id),
      name: user.group.name,
      permission: user.group.permission,
      direct_link_batch_size: user.group.directLinkBatchSize,
      trash_retention: user.group.trashRetention,
    },
    credit: user.credit,
    language: user.language,
  };
}

/** Whoever is not signed in, as the document has them: user 0 of its group of the anonymous. */
export function anonymousCloudreveUser(publicIds: PublicIds) {
  return {
    ...{ id: publicIds.user('0'), nickname: '', status: 'active', avatar: NO_AVATAR, created_at: '0001-01-01T00:00:00Z' },
    ...{ preferred_theme: '', anonymous: true, credit: 0, language: '' },
    group: { id: publicIds.group(3), name: 'Anonymous', permission: 'AA==', direct_link_batch_size: 0, trash_retention: 0 },
  };
}

export function toCloudreveToken(pair: TokenPair) {
  return {
    access_token: pair.accessToken,
    refresh_token: pair.refreshToken,
    access_expires: pair.accessExpires.toISOString(),
    refresh_expires: pair.refreshExpires.toISOString(),
  };
}

export interface SettingFacts {
  readonly hasPassword: boolean;
  readonly signIns: readonly SignInRecord[];
}

/** All nine fields are always there; a provider without a number stands beside them. */
function toActivity({ at, ip, userAgent, provider, success }: SignInRecord) {
  const number = provider === undefined ? undefined : cloudreveNumber(provider);
  return {
    created_at: at.toISOString(),
    ip: ip ?? '',
    ...nameUserAgent(userAgent),
    login_with: provider === undefined ? '' : 'openid',
    open_id_provider: number ?? 0,
    success,
    webdav: false,
    ...(provider === undefined || number !== undefined ? {} : { provider }),
  };
}

/** In `open_id` the providers that have a number, as documented; in `links` the others, by their ids. */
function toOpenIds(links: Account['links']) {
  const linked = (link: Account['links'][number]) => ({ linked_at: link.linkedAt.toISOString() });
  return {
    open_id: links.flatMap((link) => {
      const provider = cloudreveNumber(link.provider);
      return provider === undefined ? [] : [{ provider, ...linked(link) }];
    }),
    links: links
      .filter(({ provider }) => cloudreveNumber(provider) === undefined)
      .map((link) => ({ provider: link.provider, ...linked(link) })),
  };
}

export function toCloudreveSetting({ user, links }: Account, { hasPassword, signIns }: SettingFacts) {
  return {
    ...toOpenIds(links),
    passwordless: !hasPassword,
    login_activity: signIns.map(toActivity),
    two_fa_enabled: false,
    passkeys: [],
    credit: user.credit,
    disable_view_sync: false,
    version_retention_enabled: false,
  };
}
