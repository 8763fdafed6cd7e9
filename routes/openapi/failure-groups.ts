// What guards refuse, by the guard: a call lists its guards' groups and adds what is its own.

import type { FailureCode } from '../../lib/accounts/errors.js';

type Group = readonly FailureCode[];

/** Of every call that asks a store. */
export const ALWAYS: Group = ['unavailable', 'internal'];
export const LIMITED: Group = ['rate_limited'];
/** Of what the caller sends. */
export const INPUT: Group = ['validation_failed'];
/** Of a body, whatever it is. */
export const BODY: Group = [...INPUT, 'unsupported_media_type', 'payload_too_large'];
/** Of whoever is signed in, where nobody need be. */
export const USER: Group = ['wrong_token_type', 'user_banned', 'user_inactive'];
export const SIGNED_IN: Group = ['unauthenticated', ...USER];
/** Of a change that a cookie may sign. */
export const OWN_CHANGE: Group = [...SIGNED_IN, 'cross_site_request'];
/** Of a sign-in or link that begins. */
export const BEGINNING: Group = ['provider_disabled', 'already_linked', 'provider_failed', 'reauthentication_required'];
/** Of a new user. */
export const NEWCOMER: Group = ['sign_up_disabled', 'sign_up_refused', 'sign_up_not_allowed', 'email_taken'];
/** Of what a provider has answered. */
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
