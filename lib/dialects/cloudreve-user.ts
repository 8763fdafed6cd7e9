// A user, a token pair and the settings as Cloudreve's clients read them; fields its document requires are always there.

import type { SignInRecord } from '../accounts/ports.js';
import type { Account, User } from '../accounts/types.js';
import { cloudreveNumber } from '../providers/catalogue.js';
import type { PublicIds } from '../tokens/public-ids.js';
import type { TokenPair } from '../tokens/token-pairs.js';

/** A provider without a number is named by its id. */
export function providerName(provider: string): number | string {
  return cloudreveNumber(provider) ?? provider;
}

export function toCloudreveUser(user: User, publicIds: PublicIds) {
  return {
    id: publicIds.user(user.id),
    ...(user.email === undefined ? {} : { email: user.email }),
    nickname: user.nickname,
    status: user.status,
    avatar: user.avatar,
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

export function toCloudreveSetting({ user, links }: Account, { hasPassword, signIns }: SettingFacts) {
  return {
    open_id: links.map(({ provider, linkedAt }) => ({ provider: providerName(provider), linked_at: linkedAt.toISOString() })),
    passwordless: !hasPassword,
    login_activity: signIns.map(({ at, ip, userAgent, provider, success }) => ({
      created_at: at.toISOString(),
      ip: ip ?? '',
      user_agent: userAgent ?? '',
      success,
      ...(provider === undefined ? {} : { open_id_provider: providerName(provider) }),
    })),
    two_fa_enabled: false,
    passkeys: [],
    credit: user.credit,
    disable_view_sync: false,
    version_retention_enabled: false,
  };
}
