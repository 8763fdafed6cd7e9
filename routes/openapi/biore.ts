// Descriptions of BIO.RE's calls: unlinking, sign-in by password, and sessions.

import { z } from 'zod';
import { data, type Operations } from '../../lib/openapi/operation.js';
import { BIORE_PROVIDERS } from '../../lib/providers/index.js';
import { changePasswordInput, loginInput, refreshInput, sessionInput } from '../biore-input.js';
import { access, bioreUser, message, sessions } from './biore-answers.js';
import { ALWAYS, BODY, LIMITED, OWN_CHANGE, SIGNED_IN, UNLINKING, USER } from './failure-groups.js';

const REFRESH_ORIGIN = ['cross_site_request'] as const;

export const bioreOperations: Operations = {
  'DELETE /auth/oauth/unlink/:provider': {
    id: 'bioreUnlink',
    summary: 'Unlink a provider',
    description: 'The last way in is never removed: `auth.oauth.only_auth_method`.',
    signedBy: ['bearer', 'session'],
    path: z.object({ provider: z.enum(BIORE_PROVIDERS) }),
    outcomes: [data(message, 'Unlinked.')],
    failures: [...ALWAYS, ...UNLINKING, 'provider_disabled'],
  },
};

export const bioreSignInOperations: Operations = {
  'POST /auth/login': {
    id: 'bioreLogin',
    summary: 'Sign in with a password',
    json: loginInput,
    outcomes: [data(access, 'Signed in.')],
    failures: [
      ...[...ALWAYS, ...BODY, ...LIMITED, ...USER],
      ...(['invalid_credentials', 'provider_disabled', 'email_not_verified'] as const),
    ],
  },
  'POST /auth/refresh': {
    id: 'bioreRefresh',
    summary: 'Get the next access token',
    signedBy: ['refreshCookie'],
    orNobody: true,
    json: refreshInput,
    bodyIsOptional: true,
    outcomes: [data(access, 'The next access token.')],
    failures: [
      ...[...ALWAYS, ...BODY, ...LIMITED, ...USER, ...REFRESH_ORIGIN],
      ...(['refresh_refused', 'refresh_suspended', 'token_reuse_detected'] as const),
    ],
  },
  'POST /auth/logout': {
    id: 'bioreLogout',
    summary: 'Sign out',
    signedBy: ['refreshCookie', 'bearer', 'session'],
    orNobody: true,
    json: refreshInput,
    bodyIsOptional: true,
    outcomes: [data(message, 'Signed out.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, 'cross_site_request', 'wrong_token_type', 'refresh_refused'],
  },
  'GET /auth/me': {
    id: 'bioreGetUser',
    summary: 'Get the user who is signed in',
    signedBy: ['bearer', 'session'],
    outcomes: [data(bioreUser, 'The user.')],
    failures: [...ALWAYS, ...LIMITED, ...SIGNED_IN],
  },
  'POST /auth/change-password': {
    id: 'bioreChangePassword',
    summary: 'Change the password',
    signedBy: ['bearer', 'session'],
    json: changePasswordInput,
    outcomes: [data(undefined, 'The password is changed. Every other session has ended.')],
    failures: [
      ...[...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE],
      ...(['wrong_current_password', 'same_password', 'password_too_common', 'provider_disabled'] as const),
      ...(['reauthentication_required', 'password_required', 'email_taken'] as const),
    ],
  },
  'GET /auth/sessions': {
    id: 'bioreListSessions',
    summary: 'List the sessions of the user',
    signedBy: ['bearer', 'session'],
    outcomes: [data(sessions, 'The sessions that have not ended.')],
    failures: [...ALWAYS, ...LIMITED, ...SIGNED_IN],
  },
  'DELETE /auth/sessions/:id': {
    id: 'bioreEndSession',
    summary: 'End another session',
    signedBy: ['bearer', 'session'],
    path: sessionInput,
    outcomes: [data(undefined, 'Ended.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE, 'session_not_found', 'current_session'],
  },
  'POST /auth/sessions/revoke-all': {
    id: 'bioreEndOtherSessions',
    summary: 'End every session except the current one',
    signedBy: ['bearer', 'session'],
    outcomes: [data(undefined, 'Ended.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE],
  },
};
