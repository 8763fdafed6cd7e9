// Descriptions of GenAuth's calls.

import { z } from 'zod';
import { data, type Operation, type Operations, page, redirect, tooEarly } from '../../lib/openapi/operation.js';
import { described, named } from '../../lib/openapi/schemas.js';
import { linkUrlInput, unlinkInput } from '../genauth.js';
import { answerInput } from '../link-question.js';
import { ALWAYS, BEGINNING, BODY, INPUT, LIMITED, SIGNED_IN, UNLINKING } from './failure-groups.js';

const identity = named(
  'GenAuthIdentity',
  'A link, in GenAuth’s form.',
  z.object({
    identityId: z.string(),
    extIdpId: z.string(),
    provider: z.string(),
    type: z.enum(['openid', 'unionid']),
    userIdInIdp: z.string(),
    userInfoInIdp: z.object({ name: z.string().optional(), email: z.string().optional(), picture: z.string().optional() }),
    originConnIds: z.array(z.string()),
  }),
);

const extIdp = named(
  'GenAuthExtIdp',
  'A provider that can be linked.',
  z.object({
    identifier: described('The provider id.', z.string()),
    extIdpId: z.string(),
    type: z.string(),
    extIdpType: z.enum(['social', 'enterprise']),
    bindUrl: described('Where a browser starts linking; the app adds `app_id` and `id_token`.', z.url()),
    name: z.string(),
    name_en: z.string(),
    logo: z.string().optional(),
  }),
);

const listExtIdps: Operation = {
  id: 'genauthListExtIdps',
  summary: 'List the providers that can be linked',
  outcomes: [data(z.array(extIdp), 'The providers that are enabled.')],
  failures: ALWAYS,
};

/** A link with a token, or a one-time link. */
const linkQuery = linkUrlInput
  .partial()
  .extend({ ticket: described('The ticket of a one-time link, instead of the other parameters.', z.string().optional()) });
const LINKING = [...ALWAYS, ...INPUT, ...LIMITED, ...SIGNED_IN, ...BEGINNING, 'flow_expired', 'cross_site_request'] as const;

export const genauthOperations: Operations = {
  'POST /unlink-extidp': {
    id: 'genauthUnlink',
    summary: 'Unlink a provider',
    description: 'The last way in is never removed: `422`.',
    signedBy: ['bearer', 'session'],
    json: unlinkInput,
    outcomes: [data(undefined, 'Unlinked.')],
    failures: [...ALWAYS, ...BODY, ...UNLINKING],
  },
  'GET /get-identities': {
    id: 'genauthListIdentities',
    summary: 'List the links',
    signedBy: ['bearer', 'session'],
    outcomes: [data(z.array(identity), 'The links.')],
    failures: [...ALWAYS, ...SIGNED_IN],
  },
  'GET /get-application-enabled-extidps': listExtIdps,
  'GET /generate-link-extidp-url': {
    id: 'genauthGenerateLinkUrl',
    summary: 'Get a one-time link for a browser',
    description: 'The link contains no token.',
    signedBy: ['idToken'],
    query: linkUrlInput,
    outcomes: [data(z.object({ url: z.url() }), 'The link.')],
    failures: [...ALWAYS, ...INPUT, ...LIMITED, ...SIGNED_IN, ...BEGINNING],
  },
  'GET /link-extidp': {
    id: 'genauthLink',
    summary: 'Link in a popup',
    description: 'The popup ends on a page that tells its opener `{success, errMsg, identities}` by `postMessage`.',
    signedBy: ['idToken'],
    orNobody: true,
    query: linkQuery,
    outcomes: [redirect(302, 'To the provider.'), page('If another site caused the request: a page that asks whether to link.'), tooEarly],
    failures: LINKING,
    failsAs: ['genauth', 'page'],
  },
  'POST /link-extidp': {
    id: 'genauthConfirmLink',
    summary: 'Answer whether to link',
    form: answerInput,
    outcomes: [redirect(303, 'To the provider.')],
    failures: [...LINKING, ...BODY, 'denied'],
    failsAs: ['genauth', 'page'],
  },
};
