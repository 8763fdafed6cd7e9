// Cloudreve V4: HTTP 200 whatever `code` says, except where the transport itself must know; users, token pairs and settings, with every
// field that its document requires.

import type { SignInRecord } from '../accounts/ports.js';
import type { Account, User } from '../accounts/types.js';
import { cloudreveNumber } from '../providers/index.js';
import { nameUserAgent } from '../support/user-agent.js';
import type { PublicIds } from '../tokens/public-ids.js';
import type { TokenPair } from '../tokens/token-pairs.js';
import type { CodeMap, Dialect, WireAnswer } from './dialect.js';

const CODES: CodeMap<number> = {
  validation_failed: 40001,
  user_not_found: 404,
  unsupported_media_type: 40001,
  payload_too_large: 40001,
  unauthenticated: 401,
  wrong_token_type: 40020,
  refresh_refused: 40020,
  refresh_suspended: 40020,
  token_reuse_detected: 40020,
  session_not_found: 404,
  current_session: 40001,
  id_token_refused: 40020,
  provider_disabled: 40019,
  not_linked: 40068,
  only_sign_in_method: 40084,
  not_unlinkable: 40084,
  already_linked: 40066,
  linked_to_other_user: 40067,
  flow_expired: 40023,
  sign_up_disabled: 40068,
  email_taken: 40032,
  sign_up_refused: 40031,
  sign_up_not_allowed: 40031,
  user_banned: 40017,
  user_inactive: 40018,
  invalid_credentials: 40080,
  wrong_current_password: 40069,
  password_too_common: 40001,
  email_not_verified: 40018,
  activation_resent: 40033,
  cannot_be_activated: 40034,
  signature_missing: 403,
  verify_link_invalid: 40071,
  verify_link_expired: 40005,
  reset_link_invalid: 40030,
  registration_closed: 40019,
  password_required: 40069,
  password_incorrect: 40069,
  same_password: 40001,
  denied: 50007,
  provider_failed: 50007,
  reauthentication_required: 403,
  cross_site_request: 403,
  rate_limited: 429,
  unavailable: 50001,
  internal: -1,
};

const STATUSES: Readonly<Partial<CodeMap<number>>> = {
  unsupported_media_type: 415,
  payload_too_large: 413,
  rate_limited: 429,
  unavailable: 503,
};

/** A sign-up is not done yet: a mail has been sent. */
export const activationSent: WireAnswer = { status: 200, body: { code: 203, msg: '' } };

export const cloudreve: Dialect = {
  name: 'cloudreve',
  success: (data) => ({ status: 200, body: { code: 0, ...(data === undefined ? {} : { data }), msg: '' } }),
  failure: (error, { correlationId, debug }) => ({
    status: STATUSES[error.code] ?? 200,
    body: {
      code: CODES[error.code],
      msg: error.message,
      ...(debug ? { error: error.detail ?? error.code } : {}),
      correlation_id: correlationId,
    },
  }),
};

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
