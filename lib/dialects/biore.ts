// BIO.RE: real HTTP statuses, and an i18n key from which the code is made.

import type { LatchkeyError } from '../accounts/errors.js';
import type { SessionRecord } from '../accounts/session-ports.js';
import type { User, UserStatus } from '../accounts/types.js';
import { maskAddress } from '../http/client-address.js';
import { deviceName } from '../support/user-agent.js';
import type { PublicIds } from '../tokens/public-ids.js';
import type { CodeMap, Dialect } from './dialect.js';

const FAILURES: CodeMap<readonly [status: number, i18nKey: string]> = {
  validation_failed: [400, 'auth.validation.failed'],
  user_not_found: [404, 'error.user.not_found'],
  unsupported_media_type: [415, 'auth.validation.failed'],
  payload_too_large: [413, 'auth.validation.failed'],
  unauthenticated: [401, 'auth.token.invalid'],
  wrong_token_type: [401, 'auth.refresh.invalid_token'],
  refresh_refused: [401, 'auth.refresh.invalid_token'],
  refresh_suspended: [401, 'auth.refresh.account_suspended'],
  token_reuse_detected: [401, 'auth.refresh.token_reuse_detected'],
  session_not_found: [404, 'auth.sessions.not_found'],
  current_session: [400, 'auth.sessions.cannot_revoke_current'],
  id_token_refused: [401, 'auth.oauth.invalid_token'],
  provider_disabled: [400, 'auth.oauth.provider_disabled'],
  not_linked: [400, 'auth.oauth.not_linked'],
  only_sign_in_method: [400, 'auth.oauth.only_auth_method'],
  not_unlinkable: [400, 'auth.oauth.not_unlinkable'],
  already_linked: [400, 'auth.oauth.already_linked'],
  linked_to_other_user: [409, 'auth.oauth.linked_to_other_user'],
  flow_expired: [400, 'auth.oauth.flow_expired'],
  sign_up_disabled: [403, 'auth.oauth.sign_up_disabled'],
  email_taken: [409, 'auth.oauth.email_taken'],
  sign_up_refused: [422, 'auth.oauth.sign_up_refused'],
  sign_up_not_allowed: [403, 'auth.oauth.sign_up_refused'],
  user_banned: [401, 'auth.login.account_suspended'],
  user_inactive: [401, 'auth.login.account_deactivated'],
  invalid_credentials: [401, 'auth.login.invalid_credentials'],
  wrong_current_password: [401, 'auth.change_password.invalid_current'],
  same_password: [400, 'auth.change_password.same_as_current'],
  password_too_common: [400, 'auth.validation.failed'],
  email_not_verified: [403, 'auth.login.email_not_verified'],
  activation_resent: [409, 'auth.login.email_not_verified'],
  cannot_be_activated: [400, 'auth.verify_email.invalid_token'],
  signature_missing: [400, 'auth.verify_email.invalid_token'],
  verify_link_invalid: [400, 'auth.verify_email.invalid_token'],
  verify_link_expired: [400, 'auth.verify_email.invalid_token'],
  reset_link_invalid: [400, 'auth.reset_password.invalid_token'],
  registration_closed: [403, 'auth.register.closed'],
  password_required: [400, 'error.user.password_required'],
  password_incorrect: [400, 'error.user.password_incorrect'],
  denied: [400, 'auth.oauth.denied'],
  provider_failed: [502, 'auth.oauth.provider_failed'],
  reauthentication_required: [403, 'auth.reauthentication_required'],
  cross_site_request: [403, 'auth.csrf'],
  rate_limited: [429, 'auth.rate_limited'],
  unavailable: [503, 'common.unavailable'],
  internal: [500, 'common.internal'],
};

/** The real HTTP status of a failure, also where no BIO.RE envelope is sent. */
export function httpStatusOf({ code }: Pick<LatchkeyError, 'code'>): number {
  return FAILURES[code][0];
}

/** The documented code for everyone who is not signed in, whatever the reason. */
function codeOf(status: number, i18nKey: string): string {
  return status === 401 ? 'AUTH_UNAUTHORIZED' : i18nKey.toUpperCase().replaceAll('.', '_');
}

export const biore: Dialect = {
  name: 'biore',
  success: (data) => ({ status: 200, body: { success: true, ...(data === undefined ? {} : { data }) } }),
  failure(error, { correlationId, debug }) {
    const [status, i18nKey] = FAILURES[error.code];
    const details = debug && error.detail !== undefined ? { details: [{ message: error.detail }] } : {};
    return {
      status,
      body: { success: false, error: { code: codeOf(status, i18nKey), message: error.message, i18nKey, ...details, correlationId } },
    };
  },
};

const STATUSES: Readonly<Record<UserStatus, string>> = {
  active: 'ACTIVE',
  inactive: 'DEACTIVATED',
  manual_banned: 'BANNED',
  sys_banned: 'SUSPENDED',
};

/** `username` and `avatarUrl` are nothing that is kept here. */
export function toBioreUser({ id, email, nickname, status, emailVerified }: User, publicIds: PublicIds) {
  return {
    id: publicIds.userUuid(id),
    email: email ?? null,
    username: null,
    displayName: nickname === '' ? null : nickname,
    avatarUrl: null,
    status: STATUSES[status],
    emailVerified,
  };
}

export function toBioreSession({ id, ip, userAgent, createdAt, lastSeenAt }: SessionRecord, currentId: string | undefined) {
  return {
    id,
    device: deviceName(userAgent) ?? null,
    ipMasked: maskAddress(ip) ?? null,
    location: null,
    isCurrent: id === currentId,
    createdAt: createdAt.toISOString(),
    lastActiveAt: lastSeenAt.toISOString(),
  };
}
