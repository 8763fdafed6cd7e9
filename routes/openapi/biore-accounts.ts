// Descriptions of BIO.RE's calls about accounts and for native apps.

import { z } from 'zod';
import { data, type Operations } from '../../lib/openapi/operation.js';
import { addressInput, changeEmailInput, registerInput, resetPasswordInput, verifyEmailInput } from '../biore-accounts-input.js';
import { submissionInput } from '../biore-input.js';
import { message, nativeProviders, submitted } from './biore-answers.js';
import { ALWAYS, BODY, FINISHING, LIMITED, NEWCOMER, OWN_CHANGE } from './failure-groups.js';

export const bioreAccountOperations: Operations = {
  'POST /auth/register': {
    id: 'bioreRegister',
    summary: 'Sign up with a password',
    json: registerInput,
    outcomes: [data(z.object({ userId: z.guid() }), 'Signed up. If addresses must be proven first, a link has been mailed.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...NEWCOMER, 'registration_closed', 'password_too_common', 'provider_disabled'],
  },
  'POST /auth/verify-email': {
    id: 'bioreVerifyEmail',
    summary: 'Prove an address with a mailed link',
    json: verifyEmailInput,
    outcomes: [data(undefined, 'The address is proven.')],
    failures: [
      ...ALWAYS,
      ...BODY,
      ...LIMITED,
      'verify_link_invalid',
      'verify_link_expired',
      'email_taken',
      'user_banned',
      'cannot_be_activated',
    ],
  },
  'POST /auth/resend-verification': {
    id: 'bioreResendVerification',
    summary: 'Mail the link that proves an address again',
    description: 'The answer is the same for every address.',
    json: addressInput,
    outcomes: [data(message, 'A link is mailed, if there is such an account.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED],
  },
  'POST /auth/forgot-password': {
    id: 'bioreForgotPassword',
    summary: 'Ask for a link to set a new password',
    description: 'The answer is the same for every address.',
    json: addressInput,
    outcomes: [data(message, 'A link is mailed, if there is such an account.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED],
  },
  'POST /auth/reset-password': {
    id: 'bioreResetPassword',
    summary: 'Set a new password with a mailed link',
    json: resetPasswordInput,
    outcomes: [data(undefined, 'The password is set. Every session has ended.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, 'reset_link_invalid', 'password_too_common'],
  },
  'POST /users/change-email': {
    id: 'bioreChangeEmail',
    summary: 'Ask for a change of address',
    description: 'A link is mailed to the new address. The address changes when the link is followed.',
    signedBy: ['bearer', 'session'],
    json: changeEmailInput,
    outcomes: [data(message, 'A link is mailed.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE, 'password_required', 'password_incorrect', 'provider_disabled'],
  },
};

export const bioreSubmissionOperations: Operations = {
  'GET /auth/oauth/providers': {
    id: 'bioreListProviders',
    summary: 'List the providers that a native app can use',
    outcomes: [data(nativeProviders, 'The providers that are enabled.')],
    failures: [...ALWAYS, ...LIMITED],
  },
  'POST /auth/oauth/login': {
    id: 'bioreSubmitSignIn',
    summary: 'Sign in with a token or code from a native app',
    json: submissionInput,
    outcomes: [data(submitted, 'Signed in.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...FINISHING, 'id_token_refused'],
  },
  'POST /auth/oauth/link': {
    id: 'bioreSubmitLink',
    summary: 'Link with a token or code from a native app',
    signedBy: ['bearer', 'session'],
    json: submissionInput,
    outcomes: [data(message, 'Linked.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE, ...FINISHING, 'id_token_refused'],
  },
};
