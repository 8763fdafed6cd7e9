// Cloudreve V4: HTTP 200 whatever `code` says, except where the transport itself must know.

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
