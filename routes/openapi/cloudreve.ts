// Descriptions of Cloudreve's calls: sign-in and links by OpenID, tokens, settings.

import { z } from 'zod';
import { data, type Operations } from '../../lib/openapi/operation.js';
import { described } from '../../lib/openapi/schemas.js';
import { finishBody, prepareInput, provider, refreshTokenInput } from '../cloudreve-input.js';
import { setting, signedIn, token } from './cloudreve-answers.js';
import { ALWAYS, BEGINNING, BODY, FINISHING, INPUT, LIMITED, OWN_CHANGE, SIGNED_IN, UNLINKING, USER } from './failure-groups.js';

/** In a path a number is a string. */
const providerPath = z.object({
  provider_id: described('A number (0 Logto, 1 QQ, 2 OpenID Connect) or a provider id.', provider),
});

export const cloudreveOperations: Operations = {
  'PUT /session/openid': {
    id: 'prepareSignIn',
    summary: 'Begin a sign-in, or a link',
    description: 'Send the person to the URL. Its `state` is the `session_id` that finishes the flow, once and within 10 minutes.',
    signedBy: ['bearer', 'session'],
    orNobody: true,
    json: prepareInput,
    outcomes: [data(z.url(), 'The URL to send the person to.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE, ...BEGINNING],
  },
  'POST /session/openid': {
    id: 'finishSignIn',
    summary: 'Finish a sign-in, or a link',
    description: 'Send the values of the provider’s redirect. The answer to a link has no data.',
    signedBy: ['bearer', 'session'],
    orNobody: true,
    json: finishBody,
    outcomes: [data(signedIn.optional(), 'Signed in; or, without data, linked.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...OWN_CHANGE, ...FINISHING],
  },
  'DELETE /session/openid/:provider_id': {
    id: 'unlink',
    summary: 'Unlink a provider',
    description: 'The last way in is never removed: `40084`.',
    signedBy: ['bearer', 'session'],
    path: providerPath,
    outcomes: [data(undefined, 'Unlinked.')],
    failures: [...ALWAYS, ...UNLINKING],
  },
  'POST /session/token/refresh': {
    id: 'refreshToken',
    summary: 'Get the next pair of tokens',
    description: 'A refresh token works once; if somebody else uses it again, the session ends.',
    json: refreshTokenInput,
    outcomes: [data(token, 'The next pair.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, ...USER, 'refresh_refused', 'refresh_suspended', 'token_reuse_detected'],
  },
  'DELETE /session/token': {
    id: 'signOut',
    summary: 'End the session of a refresh token',
    json: refreshTokenInput,
    outcomes: [data(z.url().optional(), 'The session has ended. The data is the provider’s sign-out URL, if it has one.')],
    failures: [...ALWAYS, ...BODY, 'wrong_token_type', 'refresh_refused'],
  },
  'GET /user/setting': {
    id: 'getSetting',
    summary: 'Get the links and the latest sign-ins',
    signedBy: ['bearer', 'session'],
    outcomes: [data(setting, 'The settings.')],
    failures: [...ALWAYS, ...INPUT, ...SIGNED_IN],
  },
};
