// X's OAuth 2.0 on loopback, strict as the real one: PKCE mandatory, Basic, an exact redirect, codes of 30 seconds.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { startEmulatorServer } from './emulator-server.js';
import { Answer, failure, type RecordedRequest, redirect } from './http-answer.js';
import { basicCredentials, readRedirect } from './oauth-wire.js';
import type { Person } from './person.js';

type Fields = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;
type Hook = (honest: Json) => unknown;

/** Each may change what is answered: by returning other JSON or an `Answer`, by throwing (status 500), or by never settling. */
export interface XBend {
  redirect?: (honest: Fields) => Fields;
  token?: Hook;
  user?: Hook;
}

/** What the redirect back carries; X knows nothing of `iss`. */
export interface XRedirect {
  readonly code: string;
  readonly state: string;
}

export interface XEmulatorOptions {
  readonly clientId?: string;
  /** Default: one full of reserved characters. */
  readonly clientSecret?: string;
  /** Its client is a native app, which has no secret. Default false. */
  readonly isPublic?: boolean;
}

export interface XEmulator {
  readonly clientId: string;
  readonly clientSecret: string;
  /** As the configuration takes them. */
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly userInfo: string; readonly revocation: string };
  /** The registered redirect URIs, byte for byte; while there are none, the first one that comes is registered. */
  readonly redirectUris: string[];
  readonly bend: XBend;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests came to a path, e.g. `/2/oauth2/token`. */
  count(path: string): number;
  /** Whether the token was given out and not revoked. */
  isAlive(token: string): boolean;
  /** Follows the authorization URL as this person: `sub` is the id, `username` the handle, `email` the confirmed address. */
  approve(authorizationUrl: string, who?: Person): Promise<XRedirect>;
  /** The same, but the person says no. */
  refuse(authorizationUrl: string): Promise<{ readonly error: string; readonly state: string }>;
  close(): Promise<void>;
}

const CODE_TTL_MS = 30_000;
const MAX_STATE = 500;
const TICKET_HEADER = 'x-test-ticket';
const NEEDED_SCOPES = ['tweet.read', 'users.read'];

interface Grant {
  readonly request: Fields;
  readonly person: Person;
  readonly at: number;
}

const scopesOf = ({ request }: Grant): readonly string[] => (request.scope ?? '').split(' ');

const problem = (status: number, title: string) =>
  new Answer(status, JSON.stringify({ title, type: 'about:blank', status, detail: title }), { 'content-type': 'application/problem+json' });

/** RFC 7636, section 4.6; X takes `plain` too. */
function proves({ code_challenge, code_challenge_method }: Fields, verifier = ''): boolean {
  const hashed = createHash('sha256').update(verifier).digest('base64url');
  return code_challenge === (code_challenge_method === 'S256' ? hashed : verifier);
}

/** X's ids are numbers, told as text. */
export function xPerson(): Person & { readonly email: string; readonly name: string } {
  const sub = randomBytes(8).readBigUInt64BE().toString();
  return { sub, name: `Person ${sub}`, username: `person_${sub}`.slice(0, 15), email: `${sub}@example.test` };
}

/** Starts X on a free port; each is a world of its own. */
export async function startXEmulator(options: XEmulatorOptions = {}): Promise<XEmulator> {
  const { clientId = 'eHgtY2xpZW50OjE6Y2k', clientSecret = 's3cret+/=%&:', isPublic = false } = options;
  const redirectUris: string[] = [];
  const bend: XBend = {};
  const requests: RecordedRequest[] = [];
  const tickets = new Map<string, Person | 'refuse'>();
  const grants = new Map<string, Grant>();
  const tokens = new Map<string, Grant>();
  /** By refresh token: a newer one ends it. */
  const refreshable = new Map<string, Grant>();

  const authorize = ({ query, headers }: RecordedRequest) => {
    const { redirect_uri: target, client_id, response_type, scope = '', state, code_challenge, code_challenge_method } = query;
    if (redirectUris.length === 0 && target !== undefined) redirectUris.push(target);
    if (client_id !== clientId || response_type !== 'code' || target === undefined || !redirectUris.includes(target))
      return failure(400, 'invalid_request');
    if (state === undefined || state.length > MAX_STATE) return failure(400, 'invalid_request');
    if (code_challenge === undefined || (code_challenge_method !== 'S256' && code_challenge_method !== 'plain'))
      return failure(400, 'invalid_request');
    if (!NEEDED_SCOPES.every((needed) => scope.split(' ').includes(needed))) return failure(400, 'invalid_scope');
    const ticket = String(headers[TICKET_HEADER]);
    const who = tickets.get(ticket) ?? xPerson();
    tickets.delete(ticket);
    const code = randomBytes(48).toString('base64url');
    if (who !== 'refuse') grants.set(code, { request: query, person: who, at: Date.now() });
    const honest = who === 'refuse' ? { error: 'access_denied', state } : { state, code };
    const location = new URL(target);
    for (const [name, value] of Object.entries(bend.redirect?.(honest) ?? honest)) location.searchParams.set(name, value);
    return redirect(location);
  };

  function isClient({ headers, form }: RecordedRequest): boolean {
    if (isPublic) return form.client_id === clientId && form.client_secret === undefined && headers.authorization === undefined;
    const [id, secret] = basicCredentials(headers.authorization) ?? [];
    return id === clientId && secret === clientSecret;
  }

  /** What a code stands for, or a refresh token: each works once. */
  function grantOf({ grant_type, code = '', refresh_token = '', redirect_uri, code_verifier }: Fields): Grant | Answer {
    if (grant_type === 'refresh_token') {
      const grant = refreshable.get(refresh_token);
      refreshable.delete(refresh_token);
      return grant ?? failure(400, 'invalid_request');
    }
    if (grant_type !== 'authorization_code') return failure(400, 'unsupported_grant_type');
    const grant = grants.get(code);
    grants.delete(code);
    if (grant === undefined || Date.now() - grant.at > CODE_TTL_MS) return failure(400, 'invalid_request');
    const isTheirs = grant.request.redirect_uri === redirect_uri && proves(grant.request, code_verifier);
    return isTheirs ? grant : failure(400, 'invalid_request');
  }

  const token = (request: RecordedRequest) => {
    const { form } = request;
    if (!isClient(request)) return failure(401, 'unauthorized_client');
    const grant = grantOf(form);
    if (grant instanceof Answer) return grant;
    const [accessToken, refreshToken] = [randomBytes(48).toString('base64url'), randomBytes(48).toString('base64url')];
    tokens.set(accessToken, grant);
    const offline = scopesOf(grant).includes('offline.access');
    if (offline) {
      tokens.set(refreshToken, grant);
      refreshable.set(refreshToken, grant);
    }
    const about = { token_type: 'bearer', expires_in: 7200, access_token: accessToken, scope: grant.request.scope };
    const honest = offline ? { ...about, refresh_token: refreshToken } : about;
    return bend.token === undefined ? honest : bend.token(honest);
  };

  const user = ({ headers, query }: RecordedRequest) => {
    const grant = tokens.get((headers.authorization ?? '').replace(/^bearer /i, ''));
    if (grant === undefined) return problem(401, 'Unauthorized');
    const wantsEmail = query['user.fields']?.split(',').includes('confirmed_email') === true;
    const scopes = scopesOf(grant);
    if ([...NEEDED_SCOPES, ...(wantsEmail ? ['users.email'] : [])].some((needed) => !scopes.includes(needed)))
      return problem(403, 'Forbidden');
    const { sub, name, username, email } = grant.person;
    const honest = { data: { id: sub, name, username, ...(wantsEmail ? { confirmed_email: email } : {}) } };
    return bend.user === undefined ? honest : bend.user(honest);
  };

  const revoke = (request: RecordedRequest) => {
    if (!isClient(request)) return failure(401, 'unauthorized_client');
    return { revoked: tokens.delete(request.form.token ?? '') };
  };

  const routes = new Map<string, (request: RecordedRequest) => unknown>([
    ['GET /i/oauth2/authorize', authorize],
    ['POST /2/oauth2/token', token],
    ['POST /2/oauth2/revoke', revoke],
    ['GET /2/users/me', user],
  ]);

  const server = await startEmulatorServer({ routes, requests });

  const { origin, close } = server;

  async function visit(authorizationUrl: string, who: Person | 'refuse'): Promise<Fields> {
    const ticket = randomUUID();
    tickets.set(ticket, who);
    return readRedirect(await server.visit(authorizationUrl, { [TICKET_HEADER]: ticket }));
  }

  return {
    clientId,
    clientSecret,
    endpoints: {
      authorization: `${origin}/i/oauth2/authorize`,
      token: `${origin}/2/oauth2/token`,
      userInfo: `${origin}/2/users/me`,
      revocation: `${origin}/2/oauth2/revoke`,
    },
    redirectUris,
    bend,
    requests,
    count: (path) => requests.filter((request) => request.path === path).length,
    isAlive: (given) => tokens.has(given),
    async approve(authorizationUrl, who = xPerson()) {
      const { code, state } = await visit(authorizationUrl, who);
      if (code === undefined || state === undefined) throw new Error('X did not approve');
      return { code, state };
    },
    async refuse(authorizationUrl) {
      const { error = '', state = '' } = await visit(authorizationUrl, 'refuse');
      return { error, state };
    },
    close,
  };
}
