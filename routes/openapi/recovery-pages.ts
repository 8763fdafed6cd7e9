// Descriptions of the pages behind mailed links, and of the sign-in page.

import { z } from 'zod';
import type { FailureCode } from '../../lib/accounts/errors.js';
import { type Operation, type Operations, page, redirect } from '../../lib/openapi/operation.js';
import { described } from '../../lib/openapi/schemas.js';
import { emailInput, resetInput, verifyInput } from '../recovery-pages.js';
import { ALWAYS, BODY, LIMITED, USER } from './failure-groups.js';

const tokenQuery = z.object({
  token: described('The token of the mailed link; without it the page offers to mail a link.', z.string().optional()),
});
const HERE_FIRST = redirect(302, 'To the same page at the public origin, if the request came under another name of the host.');

const linked = (id: string, summary: string, ...failures: readonly FailureCode[]): Operation => ({
  id,
  summary,
  description: 'Opening the page changes nothing; pressing its button does.',
  query: tokenQuery,
  outcomes: [page('The page.'), HERE_FIRST],
  failures: [...ALWAYS, ...failures],
});

const posted = (
  id: string,
  summary: string,
  form: z.ZodType,
  outcomes: Operation['outcomes'],
  failures: readonly FailureCode[] = [],
): Operation => ({
  id,
  summary,
  form,
  outcomes,
  failures: [...ALWAYS, ...BODY, ...LIMITED, 'cross_site_request', ...failures],
});

const SENT = [page('A link is mailed, if there is such an account.')];
const DONE = [redirect(303, 'To the sign-in page.')];

export const recoveryPageOperations: Operations = {
  'GET /auth/forgot': {
    id: 'showForgot',
    summary: 'The page that asks for a link to set a new password',
    outcomes: [page('The page.'), HERE_FIRST],
    failures: [...ALWAYS, ...USER],
  },
  'POST /auth/forgot': posted('askForReset', 'Ask for a link to set a new password', emailInput, SENT),
  'GET /auth/reset': linked('showReset', 'The page that sets a new password', 'reset_link_invalid'),
  'POST /auth/reset': posted('reset', 'Set a new password', resetInput, DONE, ['reset_link_invalid', 'password_too_common']),
  'GET /auth/verify': linked('showVerify', 'The page that proves an address', 'verify_link_invalid', 'verify_link_expired'),
  'POST /auth/verify': posted('verify', 'Prove an address', verifyInput, DONE, [
    'verify_link_invalid',
    'verify_link_expired',
    'password_too_common',
    'email_taken',
    'cannot_be_activated',
    'user_banned',
  ]),
  'POST /auth/verify/again': posted('verifyAgain', 'Mail the link that proves an address again', emailInput, SENT),
};

export const startPageOperation: Operation = {
  id: 'showSignIn',
  summary: 'The sign-in page',
  outcomes: [page('The page.'), redirect(302, 'To the page of ways to sign in, if the person is signed in.')],
  failures: [...ALWAYS, ...USER],
};
