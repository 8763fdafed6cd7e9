// Failures by the guard that refuses: a call lists the groups of its guards and adds its own failures.

import type { FailureCode } from '../../lib/accounts/errors.js';

type Group = readonly FailureCode[];

/** Of every call that uses a store. */
export const ALWAYS: Group = ['unavailable', 'internal'];
export const LIMITED: Group = ['rate_limited'];
/** Of every call that takes input. */
export const INPUT: Group = ['validation_failed'];
/** Of every call that takes a body. */
export const BODY: Group = [...INPUT, 'unsupported_media_type', 'payload_too_large'];
/** Of a call that needs no sign-in but was made by a signed-in user. */
export const USER: Group = ['wrong_token_type', 'user_banned', 'user_inactive'];
export const SIGNED_IN: Group = ['unauthenticated', ...USER];
/** Of a change that a cookie may sign. */
export const OWN_CHANGE: Group = [...SIGNED_IN, 'cross_site_request'];
/** Of a sign-in or link that begins. */
export const BEGINNING: Group = ['provider_disabled', 'already_linked', 'provider_failed', 'reauthentication_required'];
/** Of a new user. */
export const NEWCOMER: Group = ['sign_up_disabled', 'sign_up_refused', 'sign_up_not_allowed', 'email_taken'];
/** Of a call that handles a provider's answer. */
export const FINISHING: Group = [
  'flow_expired',
  'denied',
  'provider_failed',
  'provider_disabled',
  'already_linked',
  'linked_to_other_user',
  'user_banned',
  'user_inactive',
  'reauthentication_required',
  ...NEWCOMER,
];
export const UNLINKING: Group = [
  ...INPUT,
  ...OWN_CHANGE,
  ...LIMITED,
  'not_linked',
  'only_sign_in_method',
  'not_unlinkable',
  'reauthentication_required',
];
