// Descriptions of the paths for browsers: to a provider, who is signed in, and the pages of an account.

import { z } from 'zod';
import type { FailureCode } from '../../lib/accounts/errors.js';
import { json, nothing, type Operation, type Operations, page, redirect, tooEarly } from '../../lib/openapi/operation.js';
import { described } from '../../lib/openapi/schemas.js';
import { newAddressInput, newPasswordInput, passwordSignInInput, removePasswordInput } from '../cloudreve-input.js';
import { ownUser } from './cloudreve-answers.js';
import { ALWAYS, BEGINNING, BODY, FINISHING, INPUT, LIMITED, OWN_CHANGE, SIGNED_IN, UNLINKING, USER } from './failure-groups.js';

const returnTo = described('A path on this origin to go on to; anything else becomes `/`.', z.string().optional());
const provider = described('A provider id.', z.string());
const providerPath = z.object({ provider });

const TO_PROVIDER = redirect(
  302,
  'To the provider; or to the same path at the public origin, if the request came under another name of the host.',
);
const TO_SIGN_IN = redirect(303, 'To the app’s own sign-in page, if it has one and nobody is signed in.');
const DONE = redirect(303, 'Done, and back to the page; or to the app’s own sign-in page, if it has one and nobody is signed in.');
const ELSEWHERE = redirect(302, 'To the same page at the public origin, if the request came under another name of the host.');

const leaving = (id: string, summary: string, failures: readonly FailureCode[], signed: boolean): Operation => ({
  id,
  summary,
  ...(signed ? { signedBy: ['session', 'bearer'] as const } : {}),
  path: providerPath,
  query: z.object({ returnTo }),
  outcomes: [TO_PROVIDER, ...(signed ? [TO_SIGN_IN] : []), tooEarly],
  failures: [...ALWAYS, ...INPUT, ...LIMITED, ...BEGINNING, ...failures],
});

const accountPage = (id: string, summary: string, more: Partial<Operation> = {}): Operation => ({
  id,
  summary,
  signedBy: ['session', 'bearer'],
  outcomes: [page('The page.'), ELSEWHERE, TO_SIGN_IN],
  failures: [...ALWAYS, ...SIGNED_IN],
  ...more,
});

const accountForm = (id: string, summary: string, failures: readonly FailureCode[], more: Partial<Operation> = {}): Operation => ({
  id,
  summary,
  signedBy: ['session', 'bearer'],
  outcomes: [DONE],
  failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE, ...failures],
  ...more,
});

/** Failures of a change of the password, or of one that a password confirms. */
const BY_PASSWORD = ['wrong_current_password', 'provider_disabled', 'reauthentication_required'] as const;

export const browserOperations: Operations = {
  'GET /auth/me': {
    id: 'getOwnUser',
    summary: 'Get the user who is signed in',
    signedBy: ['session', 'bearer'],
    outcomes: [json(z.object({ user: ownUser }), 'The user.')],
    failures: [...ALWAYS, ...SIGNED_IN],
    failsAs: ['browser'],
  },
  'POST /auth/logout': {
    id: 'leave',
    summary: 'Sign out',
    signedBy: ['session', 'bearer'],
    orNobody: true,
    outcomes: [nothing('Signed out.'), redirect(303, 'To the sign-in page, if a form was sent.')],
    failures: [...ALWAYS, ...OWN_CHANGE],
  },
  'POST /auth/password': {
    id: 'enterByPassword',
    summary: 'Send the form of the sign-in page',
    signedBy: ['session'],
    orNobody: true,
    form: passwordSignInInput.extend({ returnTo }),
    outcomes: [redirect(303, 'To `returnTo`.')],
    failures: [
      ...[...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE],
      ...(['invalid_credentials', 'provider_disabled', 'email_not_verified', 'flow_expired'] as const),
      ...(['already_linked', 'linked_to_other_user', 'reauthentication_required'] as const),
    ],
  },
  'GET /auth/invitation': {
    id: 'followInvitation',
    summary: 'Follow an invitation',
    description: 'This does not use the invitation up; the sign-up does.',
    query: z.object({ token: z.string() }),
    outcomes: [redirect(302, 'To the sign-in page.')],
    failures: [...ALWAYS, ...LIMITED, 'sign_up_not_allowed'],
  },
  'GET /auth/:provider': leaving('enter', 'Sign in with a provider', [], false),
  'GET /auth/:provider/link': leaving('startLinking', 'Link a provider', [...SIGNED_IN, 'cross_site_request'], true),
  'GET /auth/:provider/confirm': leaving('proveAgain', 'Prove again who you are', [...SIGNED_IN, 'not_linked'], true),
  'GET /account/connections': accountPage('showConnections', 'The page of a person’s ways to sign in', {
    query: z.object({
      asking: described('The provider, or `password`, that the page asks to confirm the removal of.', z.string().optional()),
    }),
  }),
  'POST /account/connections/password': accountForm(
    'setPassword',
    'Set or change the password',
    [...BY_PASSWORD, 'password_too_common', 'email_taken'],
    {
      form: newPasswordInput,
    },
  ),
  'POST /account/connections/password/remove': accountForm(
    'removePassword',
    'Remove the password',
    [...BY_PASSWORD, 'only_sign_in_method', 'not_linked'],
    { form: removePasswordInput, bodyIsOptional: true },
  ),
  'POST /account/connections/email': accountForm('changeAddress', 'Ask for a change of address', [...BY_PASSWORD, 'email_taken'], {
    form: newAddressInput,
  }),
  'POST /account/connections/:provider/link': accountForm('linkByForm', 'Link a provider', BEGINNING, {
    path: providerPath,
    outcomes: [redirect(303, 'To the provider; or to the app’s own sign-in page, if it has one and nobody is signed in.')],
  }),
  'POST /account/connections/:provider/unlink': accountForm('unlinkByForm', 'Unlink a provider', UNLINKING, { path: providerPath }),
  'GET /account/join': {
    id: 'showJoin',
    summary: 'Whose account has this address?',
    description:
      'Names the ways into the account that has the address of the identity that the person came back with. Works for ten minutes, in this browser only.',
    outcomes: [page('The page.')],
    failures: [...ALWAYS, ...USER, 'flow_expired'],
  },
  'GET /account/move': accountPage('showMove', 'Move a link from another account?', {
    outcomes: [page('The page.'), TO_SIGN_IN],
    failures: [...ALWAYS, ...SIGNED_IN, 'flow_expired'],
  }),
  'POST /account/move': accountForm(
    'moveLink',
    'Move a link from another account',
    FINISHING.concat('only_sign_in_method', 'not_linked', 'not_unlinkable'),
  ),
  'GET /account/sessions': accountPage('showSessions', 'The page of a person’s sessions'),
  'POST /account/sessions/end-others': accountForm('endOtherSessions', 'End every other session', []),
  'POST /account/sessions/:id/end': accountForm('endSession', 'End another session', ['session_not_found', 'current_session'], {
    path: z.object({ id: z.string() }),
  }),
};
