// What careless but honest providers answer: every line must sign its people in, for nothing of it is of use to anybody.

import { Answer } from './http-answer.js';
import type { Bend } from './openid-provider.js';

type Json = Readonly<Record<string, unknown>>;

/** Beside an honest token answer, at whatever provider. */
export const SUPERFLUOUS_TOKEN_MEMBERS: Readonly<Record<string, Json>> = {
  'refresh_token null': { refresh_token: null },
  'an empty refresh_token': { refresh_token: '' },
  'refresh_token an empty object': { refresh_token: {} },
  'scope null': { scope: null },
  'scope a list': { scope: ['openid', 'email'] },
  'scope an object': { scope: {} },
  'expires_in null': { expires_in: null },
  'expires_in a text': { expires_in: '3600' },
  'expires_in an empty text': { expires_in: '' },
  'expires_in no number at all': { expires_in: 'an hour' },
  'expires_in below nothing': { expires_in: -1 },
  'error null': { error: null },
  'an empty error': { error: '', error_description: '' },
  'error an empty list': { error: [] },
  'members that only it knows': {
    id_token_expires_in: null,
    refresh_expires_in: '0',
    created_at: {},
    session_state: 7,
    'not-before-policy': 0,
  },
  'a member called __proto__': JSON.parse('{"__proto__": {"error": "invalid_grant"}}'),
};

const token = (change: Json): Bend => ({ token: (honest) => ({ ...honest, ...change }) });
const discovered = (change: Json): Bend => ({ discovery: (honest) => ({ ...honest, ...change }) });
const refused = (status: number, body = '', type = 'text/html') => new Answer(status, body, { 'content-type': type });

export const HARMLESS_ANSWERS: Readonly<Record<string, Bend>> = {
  ...Object.fromEntries(Object.entries(SUPERFLUOUS_TOKEN_MEMBERS).map(([name, members]) => [`token: ${name}`, token(members)])),
  'token: the type in capitals': token({ token_type: 'BEARER' }),
  'token: the type in small letters': token({ token_type: 'bearer' }),
  'discovery: an empty endpoint that nobody asks': discovered({ registration_endpoint: '' }),
  'discovery: a relative endpoint that nobody asks': discovered({ device_authorization_endpoint: '/device' }),
  'discovery: an endpoint on plain http that nobody asks': discovered({ introspection_endpoint: 'http://inside.example/introspect' }),
  'discovery: a number for an endpoint that nobody asks': discovered({ pushed_authorization_request_endpoint: 42 }),
  'discovery: a sign-out endpoint on plain http, where nobody signs out': discovered({ end_session_endpoint: 'http://inside.example/end' }),
  'discovery: a relative revocation endpoint, where nothing is revoked': discovered({ revocation_endpoint: '/revoke' }),
  'discovery: an empty revocation endpoint': discovered({ revocation_endpoint: '' }),
  'discovery: userinfo null': discovered({ userinfo_endpoint: null }),
  'discovery: an empty userinfo endpoint': discovered({ userinfo_endpoint: '' }),
  'discovery: lists of null': discovered({
    scopes_supported: null,
    claims_supported: null,
    response_types_supported: null,
    code_challenge_methods_supported: null,
    token_endpoint_auth_methods_supported: null,
    id_token_signing_alg_values_supported: null,
    authorization_response_iss_parameter_supported: null,
  }),
  'discovery: no authentication methods in the list': discovered({ token_endpoint_auth_methods_supported: [] }),
  'keys: members of null': {
    jwks: (honest) => ({
      keys: Array.from(Object(honest.keys), (key: object) => ({ ...key, use: null, alg: null, key_ops: [], x5c: null })),
    }),
  },
  'keys: one that is none beside the right one': {
    jwks: (honest) => ({ keys: [null, ...Array.from(Object(honest.keys)), { kty: 'oct', k: 'AAAA' }, {}] }),
  },
  'userinfo: 403': { userinfo: () => refused(403) },
  'userinfo: 403 and a page': { userinfo: () => refused(403, '<html>No</html>') },
  'userinfo: 401 and an error': { userinfo: () => refused(401, '{"error":"invalid_token"}', 'application/json') },
  'userinfo: 404': { userinfo: () => refused(404, 'Not Found', 'text/plain') },
  'userinfo: 405 and somebody else': { userinfo: () => refused(405, '{"sub":"somebody-else"}', 'application/json') },
  'userinfo: 501': { userinfo: () => refused(501) },
  'userinfo: 204': { userinfo: () => new Answer(204) },
  'userinfo: error null': { userinfo: (honest) => ({ ...honest, error: null }) },
  'claims: null beside the checked ones': {
    idTokenClaims: (honest) => ({ ...honest, picture: null, locale: '', groups: [], acr: null, amr: null, sid: null, c_hash: null }),
  },
  'claims: null in the ID token, and told by userinfo': {
    idTokenClaims: (honest) => ({ ...honest, name: null, email: '', email_verified: null }),
  },
};
