// GitHub on loopback, as an Enterprise Server: forms or JSON as asked, errors on status 200, scopes and a User-Agent needed.

import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { startEmulatorServer } from './emulator-server.js';
import { Answer, failure, type RecordedRequest, redirect } from './http-answer.js';
import { basicCredentials, provesChallenge, readRedirect } from './oauth-wire.js';
import type { Person } from './person.js';

type Fields = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;
type Hook<Honest> = (honest: Honest) => unknown;

/** Each may change what is answered: by returning other JSON or an `Answer`, by throwing (status 500), or by never settling. */
export interface GitHubBend {
  token?: Hook<Json>;
  user?: Hook<Json>;
  emails?: Hook<readonly Json[]>;
}

export interface GitHubPerson extends Person {
  readonly email: string;
  readonly name: string;
  readonly username: string;
}

export interface GitHubEmulator {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The server, without a path. */
  readonly baseUrl: string;
  readonly bend: GitHubBend;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests came to a path, e.g. `/api/v3/user`. */
  count(path: string): number;
  /** Whether the token was given out and not revoked. */
  isAlive(token: string): boolean;
  /** Follows the authorization URL as this person: `sub` is the account's number. `iss` comes along. */
  approve(authorizationUrl: string, who?: Person): Promise<{ readonly code: string; readonly state: string; readonly iss: string }>;
  /** The same, but the person says no. */
  refuse(authorizationUrl: string): Promise<Fields>;
  close(): Promise<void>;
}

export interface GitHubEmulatorOptions {
  /** Its client is a GitHub App, whose tokens end and are refreshed. Default false. */
  readonly isApp?: boolean;
}

const TICKET_HEADER = 'x-test-ticket';

/** GitHub's ids are numbers. */
export function gitHubPerson(): GitHubPerson {
  const id = randomInt(1, 2 ** 47);
  return {
    ...{ sub: String(id), name: `Octo Cat ${id}`, username: `octocat-${id}` },
    ...{ email: `${id}@example.test`, email_verified: true },
  };
}

interface Grant {
  readonly scopes: readonly string[];
  readonly person: Person;
}

/** Starts GitHub on a free port; each is a world of its own. */
export async function startGitHubEmulator({ isApp = false }: GitHubEmulatorOptions = {}): Promise<GitHubEmulator> {
  const [clientId, clientSecret] = ['Iv1.github', 'hush-github-secret'];
  const bend: GitHubBend = {};
  const requests: RecordedRequest[] = [];
  const tickets = new Map<string, Person | 'refuse'>();
  const codes = new Map<string, { readonly request: Fields; readonly grant: Grant }>();
  const refreshTokens = new Map<string, Grant>();
  const tokens = new Map<string, Grant>();
  let issuer = '';

  const bent = <Honest>(hook: Hook<Honest> | undefined, honest: Honest): unknown => (hook === undefined ? honest : hook(honest));

  const authorize = ({ query, headers }: RecordedRequest) => {
    const { client_id, redirect_uri: target, state = '', code_challenge, code_challenge_method, scope = '' } = query;
    if (client_id !== clientId) return failure(404, 'not_found');
    if (target === undefined) return failure(400, 'redirect_uri_mismatch');
    if (code_challenge !== undefined && code_challenge_method !== 'S256') return failure(400, 'invalid_request');
    const ticket = String(headers[TICKET_HEADER]);
    const person = tickets.get(ticket) ?? gitHubPerson();
    tickets.delete(ticket);
    const location = new URL(target);
    const code = randomBytes(10).toString('hex');
    if (person !== 'refuse') codes.set(code, { request: query, grant: { scopes: scope.split(' '), person } });
    const answer = person === 'refuse' ? { error: 'access_denied', error_description: 'The user has denied your access.' } : { code };
    location.search = new URLSearchParams({ ...answer, iss: issuer, state }).toString();
    return redirect(location);
  };

  /** As GitHub answers whoever does not ask for JSON. */
  const asAsked = ({ headers }: RecordedRequest, fields: Json): unknown => {
    if (String(headers.accept).includes('json')) return fields;
    const form = new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]));
    return new Answer(200, form.toString(), { 'content-type': 'application/x-www-form-urlencoded' });
  };

  function give(grant: Grant): Json {
    const [accessToken, refreshToken] = [`gho_${randomBytes(18).toString('hex')}`, `ghr_${randomBytes(36).toString('hex')}`];
    tokens.set(accessToken, grant);
    if (isApp) refreshTokens.set(refreshToken, grant);
    const ends = isApp ? { expires_in: 28_800, refresh_token: refreshToken, refresh_token_expires_in: 15_897_600 } : {};
    return { access_token: accessToken, ...ends, scope: isApp ? '' : grant.scopes.join(','), token_type: 'bearer' };
  }

  function grantOf({
    client_id,
    client_secret,
    grant_type,
    code = '',
    code_verifier,
    redirect_uri,
    refresh_token = '',
  }: Fields): Grant | string {
    if (client_id !== clientId || client_secret !== clientSecret) return 'incorrect_client_credentials';
    if (grant_type === 'refresh_token') {
      const refreshed = refreshTokens.get(refresh_token) ?? 'bad_refresh_token';
      refreshTokens.delete(refresh_token);
      return refreshed;
    }
    const known = codes.get(code);
    codes.delete(code);
    if (known === undefined || !provesChallenge(known.request, code_verifier)) return 'bad_verification_code';
    return known.request.redirect_uri === redirect_uri ? known.grant : 'redirect_uri_mismatch';
  }

  const token = (request: RecordedRequest) => {
    const grant = grantOf(request.form);
    const said =
      typeof grant === 'string' ? { error: grant, error_description: `hush ${request.form.code}`, error_uri: '/hush' } : give(grant);
    return bend.token === undefined ? asAsked(request, said) : bend.token(said);
  };

  /** Whose token it is. */
  const bearer = ({ headers }: RecordedRequest): Grant | Answer => {
    if (headers['user-agent'] === undefined) return failure(403, 'no_user_agent');
    return tokens.get(String(headers.authorization).replace(/^(?:bearer|token) /i, '')) ?? failure(401, 'bad_credentials');
  };

  const user = (request: RecordedRequest) => {
    const grant = bearer(request);
    if (grant instanceof Answer) return grant;
    const { sub, name, username, picture = `https://avatars.example.test/${sub}` } = grant.person;
    const honest = {
      login: username,
      id: Number(sub),
      avatar_url: picture,
      type: 'User',
      name: name ?? null,
      email: 'public@example.test',
    };
    return bent<Json>(bend.user, honest);
  };

  const emails = (request: RecordedRequest) => {
    const grant = bearer(request);
    if (grant instanceof Answer) return grant;
    if (!isApp && !grant.scopes.some((scope) => scope === 'user' || scope === 'user:email')) return failure(404, 'not_found');
    const { email, email_verified } = grant.person;
    const primary = { email, primary: true, verified: email_verified !== false, visibility: 'private' };
    const other = { email: `other-${email}`, primary: false, verified: true, visibility: null };
    return bent<readonly Json[]>(bend.emails, email === undefined ? [] : [other, primary]);
  };

  const revoke = ({ headers, json }: RecordedRequest) => {
    const [id, secret] = basicCredentials(headers.authorization) ?? [];
    if (id !== clientId || secret !== clientSecret) return failure(401, 'bad_credentials');
    return tokens.delete(String(Object(json).access_token)) ? new Answer(204) : failure(404, 'not_found');
  };

  const routes = new Map<string, (request: RecordedRequest) => unknown>([
    ['GET /login/oauth/authorize', authorize],
    ['POST /login/oauth/access_token', token],
    ['GET /api/v3/user', user],
    ['GET /api/v3/user/emails', emails],
    [`DELETE /api/v3/applications/${clientId}/token`, revoke],
  ]);
  const server = await startEmulatorServer({ routes, requests });
  issuer = `${server.origin}/login/oauth`;

  async function visit(authorizationUrl: string, who: Person | 'refuse'): Promise<Fields> {
    const ticket = randomUUID();
    tickets.set(ticket, who);
    return readRedirect(await server.visit(authorizationUrl, { [TICKET_HEADER]: ticket }));
  }

  return {
    ...{ clientId, clientSecret, baseUrl: server.origin, bend, requests },
    count: (path) => requests.filter((request) => request.path === path).length,
    isAlive: (given) => tokens.has(given),
    async approve(authorizationUrl, who = gitHubPerson()) {
      const { code, state, iss } = await visit(authorizationUrl, who);
      if (code === undefined || state === undefined || iss === undefined) throw new Error('GitHub did not approve');
      return { code, state, iss };
    },
    refuse: (authorizationUrl) => visit(authorizationUrl, 'refuse'),
    close: server.close,
  };
}
