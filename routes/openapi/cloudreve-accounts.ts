// Descriptions of Cloudreve's calls in an app with local accounts.

import { z } from 'zod';
import { data, json, type Operations } from '../../lib/openapi/operation.js';
import { described } from '../../lib/openapi/schemas.js';
import { resetInput } from '../cloudreve-accounts.js';
import { emailInput, passwordSignInInput, settingInput, signUpInput } from '../cloudreve-input.js';
import { basicConfig, loginConfig, signedIn, user, waysIn } from './cloudreve-answers.js';
import { ALWAYS, BODY, INPUT, LIMITED, NEWCOMER, OWN_CHANGE, SIGNED_IN, USER } from './failure-groups.js';

const idPath = z.object({ id: described('The user’s public id.', z.string()) });
const mailed = z.object({ code: z.literal(203), msg: z.string() });

export const cloudreveAccountOperations: Operations = {
  'POST /session/token': {
    id: 'signInWithPassword',
    summary: 'Sign in with a password',
    json: passwordSignInInput,
    outcomes: [data(signedIn, 'Signed in.')],
    failures: [
      ...[...ALWAYS, ...BODY, ...LIMITED, ...USER],
      ...(['invalid_credentials', 'provider_disabled', 'email_not_verified'] as const),
    ],
  },
  'POST /user': {
    id: 'signUp',
    summary: 'Sign up with a password',
    json: signUpInput,
    outcomes: [data(user, 'The new user.'), json(mailed, 'If addresses must be proven first: a link has been mailed.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...NEWCOMER, 'password_too_common', 'provider_disabled', 'activation_resent'],
  },
  'PATCH /user/setting': {
    id: 'changeSetting',
    summary: 'Change settings, or the password',
    description: 'A `new_password` of null removes the password, unless it is the last way in.',
    signedBy: ['bearer', 'session'],
    json: settingInput,
    outcomes: [data(undefined, 'Changed.')],
    failures: [
      ...[...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE],
      ...(['wrong_current_password', 'only_sign_in_method', 'not_linked', 'provider_disabled'] as const),
      ...(['password_too_common', 'reauthentication_required', 'email_taken'] as const),
    ],
  },
  'GET /session/prepare': {
    id: 'getWaysIn',
    summary: 'Get the ways in of an address',
    query: emailInput,
    outcomes: [data(waysIn, 'The ways in.')],
    failures: [...ALWAYS, ...INPUT, ...LIMITED, 'user_not_found'],
  },
  'GET /user/me': {
    id: 'getUser',
    summary: 'Get the user who is signed in',
    signedBy: ['bearer', 'session'],
    outcomes: [data(user, 'The user.')],
    failures: [...ALWAYS, ...SIGNED_IN],
  },
  'GET /site/config/login': {
    id: 'getLoginConfig',
    summary: 'Get the ways in that are enabled',
    outcomes: [data(loginConfig, 'Ways in that are off are left out.')],
    failures: ALWAYS,
  },
  'GET /site/config/basic': {
    id: 'getBasicConfig',
    summary: 'Get the settings of the site',
    signedBy: ['bearer', 'session'],
    orNobody: true,
    outcomes: [data(basicConfig, 'The site, and who is signed in.')],
    failures: [...ALWAYS, ...USER],
  },
  'GET /user/activate/:id': {
    id: 'activateUser',
    summary: 'Prove the address of a sign-up',
    path: idPath,
    query: z.object({ sign: described('The token of the link in the mail.', z.string()) }),
    outcomes: [data(user, 'The user, who can sign in now.')],
    failures: [
      ...([
        ...ALWAYS,
        ...INPUT,
        ...LIMITED,
        'signature_missing',
        'verify_link_invalid',
        'verify_link_expired',
        'cannot_be_activated',
      ] as const),
      ...(['email_taken', 'user_banned'] as const),
    ],
  },
  'POST /user/reset': {
    id: 'askForPasswordReset',
    summary: 'Ask for a link to set a new password',
    description: 'The answer is the same for every address.',
    json: emailInput,
    outcomes: [data(undefined, 'A link is mailed, if there is such an account.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED],
  },
  'PATCH /user/reset/:id': {
    id: 'resetPassword',
    summary: 'Set a new password with a mailed link',
    path: idPath,
    json: resetInput,
    outcomes: [data(user, 'The user. Every session has ended.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, 'reset_link_invalid', 'password_too_common'],
  },
};
