// The catalogue of failures, and the one error class for all of them.

/** Everything that can go wrong in a request, in the product's own words; each dialect maps every code to its wire form. */
export type FailureCode =
  | 'validation_failed'
  | 'user_not_found'
  | 'unsupported_media_type'
  | 'payload_too_large'
  | 'unauthenticated'
  | 'wrong_token_type'
  | 'refresh_refused'
  | 'refresh_suspended'
  | 'token_reuse_detected'
  | 'session_not_found'
  | 'current_session'
  | 'id_token_refused'
  | 'provider_disabled'
  | 'not_linked'
  | 'only_sign_in_method'
  | 'not_unlinkable'
  | 'already_linked'
  | 'linked_to_other_user'
  | 'flow_expired'
  | 'sign_up_disabled'
  | 'email_taken'
  | 'sign_up_refused'
  | 'sign_up_not_allowed'
  | 'user_banned'
  | 'user_inactive'
  | 'invalid_credentials'
  | 'wrong_current_password'
  | 'password_too_common'
  | 'email_not_verified'
  | 'activation_resent'
  | 'cannot_be_activated'
  | 'signature_missing'
  | 'verify_link_invalid'
  | 'verify_link_expired'
  | 'reset_link_invalid'
  | 'registration_closed'
  | 'password_required'
  | 'password_incorrect'
  | 'same_password'
  | 'denied'
  | 'provider_failed'
  | 'reauthentication_required'
  | 'cross_site_request'
  | 'rate_limited'
  | 'unavailable'
  | 'internal';

/** The texts that a client may read. `detail` and `cause` are for the log, and never leave the process. */
const CLIENT_MESSAGES: Readonly<Record<FailureCode, string>> = {
  validation_failed: 'Parameter error',
  user_not_found: 'User not found',
  unsupported_media_type: 'Content-Type must be application/json',
  payload_too_large: 'Request body is too large',
  unauthenticated: 'Login required',
  wrong_token_type: 'Invalid token type',
  refresh_refused: 'Failed to issue token pair',
  refresh_suspended: 'Failed to issue token pair',
  token_reuse_detected: 'Failed to issue token pair',
  session_not_found: 'Session not found',
  current_session: 'The current session cannot be ended here, sign out instead',
  id_token_refused: 'The sign-in token is not valid',
  provider_disabled: 'This sign-in provider is not enabled',
  not_linked: 'This identity is not linked to any account',
  only_sign_in_method: 'This is your only sign-in method. Set a password or link another provider first',
  not_unlinkable: 'This sign-in provider cannot be unlinked here',
  already_linked: 'You already have a linked identity, please unlink it first',
  linked_to_other_user: 'This identity is already linked to another account',
  flow_expired: 'Sign-in session not found or expired, please start again',
  sign_up_disabled: 'This identity is not linked to any account and sign-up is closed',
  email_taken: 'Email already in use',
  sign_up_refused: 'No account can be made from what the provider says about this person',
  sign_up_not_allowed: 'You cannot sign up here',
  user_banned: 'This account has been blocked',
  user_inactive: 'This account is not activated',
  invalid_credentials: 'Incorrect password or email address',
  wrong_current_password: 'Incorrect current password',
  password_too_common: 'Password is too common, please choose another',
  email_not_verified: 'This e-mail address is not confirmed yet',
  activation_resent: 'User is not activated, activation email has been resent',
  cannot_be_activated: 'This user cannot be activated',
  signature_missing: 'expire timestamp is missing',
  verify_link_invalid: 'invalid sign',
  verify_link_expired: 'signature expired',
  reset_link_invalid: 'Link is expired',
  registration_closed: 'Sign-up is closed',
  password_required: 'This account has no password',
  password_incorrect: 'Incorrect password',
  same_password: 'The new password must differ from the current one',
  denied: 'Sign-in was refused at the provider',
  provider_failed: 'The sign-in provider did not give a valid answer',
  reauthentication_required: 'Please sign in again to do this',
  cross_site_request: 'Cross-site requests cannot do this',
  rate_limited: 'Too many requests, please try again later',
  unavailable: 'Service temporarily unavailable',
  internal: 'Internal error',
};

/** The text that a client reads if a failure has no text of its own. */
export const usualMessage = (code: FailureCode): string => CLIENT_MESSAGES[code];

export interface Difference {
  readonly configured: string;
  readonly found: string;
}

export interface FailureOptions {
  /** Replaces the client's text, e.g. `SessionID cannot be empty`. Never put a cause, a path or SQL here. */
  readonly message?: string;
  /** For the log and the audit row only. */
  readonly detail?: string;
  /** The provider's own error code, as a page may show it (`shownError`). */
  readonly said?: string;
  /** For the log only: two values that should be equal, shortened and without secrets. */
  readonly difference?: Difference;
  /** Seconds after which another try may succeed: `Retry-After`. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** A failure of a request, by a person's mistake or by a fault: has a code of the catalogue and keeps its cause. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError';
  readonly code: FailureCode;
  readonly detail: string | undefined;
  readonly said: string | undefined;
  readonly difference: Difference | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: FailureCode, options: FailureOptions = {}) {
    super(options.message ?? CLIENT_MESSAGES[code], options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.said = options.said;
    this.difference = options.difference;
    this.retryAfter = options.retryAfter;
  }
}

/**
 * Runs a call to a store; a failure of the store becomes `unavailable` and keeps its cause.
 * @throws LatchkeyError, TypeError for a mistake of ours
 */
export async function toUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof LatchkeyError || cause instanceof TypeError) throw cause;
    throw new LatchkeyError('unavailable', { cause });
  }
}

/** Any thrown value as the one error class; an unexpected one becomes `internal` and keeps its cause. */
export function toLatchkeyError(thrown: unknown): LatchkeyError {
  return thrown instanceof LatchkeyError ? thrown : new LatchkeyError('internal', { cause: thrown });
}
