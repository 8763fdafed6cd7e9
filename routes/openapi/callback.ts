// Descriptions of the providers' redirect URI, where every flow ends, and of the static files of our pages, which have the same prefix.

import { z } from 'zod';
import { type Operation, type Operations, type Outcome, page, redirect, text, tooEarly } from '../../lib/openapi/operation.js';
import { described } from '../../lib/openapi/schemas.js';
import { MARKS } from '../../lib/pages/assets.js';
import { ALWAYS, BODY, FINISHING, INPUT, LIMITED, OWN_CHANGE } from './failure-groups.js';

const callbackPath = z.object({ segment: described('Cloudreve’s number of the provider, or its id.', z.string()) });
const asset = (id: string, type: string): Operation => ({
  id,
  summary: 'A file of our pages',
  outcomes: [text(type, 'The file.')],
  failures: ['internal'],
  failsAs: ['page'],
});

const BACK: readonly Outcome[] = [
  redirect(302, 'To the page that the person wanted.'),
  page('A page that finishes the flow, shows the values for another client, tells its opener, or goes on by itself.'),
  tooEarly,
];

export const callbackOperations: Operations = {
  'GET /callback/openid/:segment': {
    id: 'callback',
    summary: 'The redirect URI of a provider',
    description: 'Takes the parameters of RFC 6749, section 4.1.2, and RFC 9207; or `answer`, if the provider posted its answer.',
    signedBy: ['session'],
    orNobody: true,
    path: callbackPath,
    query: z.object({
      code: z.string().optional(),
      state: z.string().optional(),
      iss: z.string().optional(),
      error: z.string().optional(),
      answer: described('Refers to an answer that was posted.', z.string().optional()),
    }),
    outcomes: BACK,
    failures: [...ALWAYS, ...INPUT, ...LIMITED, ...OWN_CHANGE, ...FINISHING],
    failsAs: ['page'],
  },
  'POST /callback/openid/:segment': {
    id: 'postedCallback',
    summary: 'The redirect URI of a provider that posts its answer',
    path: callbackPath,
    form: z.object({
      code: z.string().optional(),
      state: z.string().optional(),
      error: z.string().optional(),
      user: described('Apple: the person’s name, at the first sign-in only.', z.string().optional()),
    }),
    outcomes: [redirect(303, 'To the same path by GET, to which browsers attach the cookie.')],
    failures: [...ALWAYS, ...BODY, ...LIMITED, 'denied', 'provider_failed'],
    failsAs: ['page'],
  },
  'GET /callback/openid/assets/finish.js': asset('finishScript', 'text/javascript'),
  'GET /callback/openid/assets/tell-opener.js': asset('tellOpenerScript', 'text/javascript'),
  'GET /callback/openid/assets/icon.svg': asset('icon', 'image/svg+xml'),
  'GET /callback/openid/assets/page.css': asset('style', 'text/css'),
  ...Object.fromEntries(
    [...MARKS].map(([type]) => [`GET /callback/openid/assets/marks/${type}.svg`, asset(`${type}Mark`, 'image/svg+xml')]),
  ),
};
