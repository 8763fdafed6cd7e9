// An honest OpenID provider on loopback that approves everyone at once; hooks bend its answers for hostile cases.

import { randomUUID } from 'node:crypto';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { startEmulatorServer } from './emulator-server.js';
import { Answer, failure, type RecordedRequest, redirect } from './http-answer.js';
import { basicCredentials, formPost, provesChallenge, readRedirect } from './oauth-wire.js';
import { type Person, person } from './person.js';
import { atHash, createSigningKey, type SigningAlgorithm } from './signing-key.js';

type Fields = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;
type Hook<Given> = (honest: Given) => unknown;

/** Each may change what is answered: by returning other JSON or an `Answer`, by throwing (status 500), or by never settling. */
export interface Bend {
  discovery?: Hook<Json>;
  jwks?: Hook<Json>;
  /** The parameters of the redirect back to the client. */
  redirect?: (honest: Fields) => Fields;
  refresh?: Hook<Json>;
  token?: Hook<Json>;
  idTokenHeader?: Partial<JWTHeaderParameters>;
  idTokenClaims?: (honest: JWTPayload) => JWTPayload;
  userinfo?: Hook<Json>;
  /** Userinfo is a JWT, signed by the provider's key (OpenID Connect Core 1.0, section 5.3.2). */
  signedUserinfo?: (honest: JWTPayload) => JWTPayload;
  revocation?: Hook<Json>;
}

export interface OpenIdProviderOptions {
  /** Where the issuer lives below its origin, e.g. `/oidc` for Logto. Default: at the root. */
  readonly pathPrefix?: string;
  /** Default RS256. */
  readonly alg?: SigningAlgorithm;
  readonly clientId?: string;
  /** Default: one full of reserved characters. */
  readonly clientSecret?: string;
  /** Which secrets are right; default: only `clientSecret`. Apple's are made anew each time. */
  readonly acceptsSecret?: (secret: string) => boolean;
}

/** What the redirect back to the client carries. */
export interface Redirect {
  readonly code: string;
  readonly state: string;
  readonly iss: string;
}

/** A refusal as the redirect carries it (RFC 6749, section 4.1.2.1). */
export interface Refusal {
  readonly error: string;
  readonly state: string;
  readonly iss: string;
}

interface Grant {
  readonly request: Fields;
  readonly person: Person;
}

export interface OpenIdProvider {
  readonly issuer: string;
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly alg: SigningAlgorithm;
  readonly bend: Bend;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests came to a path, e.g. `/token`. */
  count(path: string): number;
  /** What a browser does here: follows the authorization URL as this person and brings back what the redirect carries. */
  approve(authorizationUrl: string, who?: Person): Promise<Redirect>;
  /** The same, but the person says no. */
  refuse(authorizationUrl: string): Promise<Refusal>;
  /** An ID token as a program of the provider's own gives it to a native app; `claims` come over the honest ones, and a header may lie. */
  idToken(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** A compact JWS of any text, signed by the provider's key. */
  signed(payload: string, header?: object): Promise<string>;
  /** Signs with a new key from now on and forgets the old one. */
  rotateKey(): Promise<void>;
  close(): Promise<void>;
}

const TICKET_HEADER = 'x-test-ticket';
const CODE_TTL_MS = 60_000;

const bent = (hook: Hook<Json> | undefined, honest: Json): unknown => (hook === undefined ? honest : hook(honest));

/** Starts a provider on a free port; each is a world of its own. */
export async function startOpenIdProvider(options: OpenIdProviderOptions = {}): Promise<OpenIdProvider> {
  const { pathPrefix = '', alg = 'RS256', clientId = 'latchkey', clientSecret = 's3cret+/=%&:' } = options;
  const { acceptsSecret = (secret: string) => secret === clientSecret } = options;
  const bend: Bend = {};
  const requests: RecordedRequest[] = [];
  const tickets = new Map<string, Person | 'refuse'>();
  const grants = new Map<string, Grant & { readonly at: number }>();
  const accessTokens = new Map<string, Person>();
  let key = await createSigningKey(alg);
  const keys = [key];

  function isClient({ headers, form }: RecordedRequest): boolean {
    const [id, secret] = basicCredentials(headers.authorization) ?? [form.client_id, form.client_secret];
    return id === clientId && secret !== undefined && acceptsSecret(secret);
  }

  const discovery = () => {
    const honest = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      end_session_endpoint: `${issuer}/session/end`,
      revocation_endpoint: `${issuer}/revoke`,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [alg],
      scopes_supported: ['openid', 'email', 'profile', 'offline_access'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      authorization_response_iss_parameter_supported: true,
    };
    return bent(bend.discovery, honest);
  };

  const jwks = () => {
    const honest = { keys: [key.publicJwk] };
    return bent(bend.jwks, honest);
  };

  const authorize = ({ query, headers }: RecordedRequest) => {
    const { redirect_uri: target, client_id, response_type, scope, state } = query;
    if (client_id !== clientId || response_type !== 'code' || target === undefined || !scope?.split(' ').includes('openid'))
      return failure(400, 'invalid_request');
    const ticket = String(headers[TICKET_HEADER]);
    const who = tickets.get(ticket) ?? person();
    tickets.delete(ticket);
    const code = randomUUID();
    if (who !== 'refuse') grants.set(code, { request: query, person: who, at: Date.now() });
    const honest = {
      ...(who === 'refuse' ? { error: 'access_denied' } : { code }),
      ...(state === undefined ? {} : { state }),
      iss: issuer,
    };
    const fields = bend.redirect?.(honest) ?? honest;
    if (query.response_mode === 'form_post') return formPost(target, fields);
    const location = new URL(target);
    for (const [name, value] of Object.entries(fields)) location.searchParams.set(name, value);
    return redirect(location);
  };

  const refreshTokens = new Map<string, Person>();
  function refreshTokenOf(who: Person): string {
    const token = randomUUID();
    refreshTokens.set(token, who);
    return token;
  }

  /** Each refresh token works once, as rotation has it. */
  function refresh(used: string) {
    const who = refreshTokens.get(used);
    if (who === undefined) return failure(400, 'invalid_grant');
    const accessToken = randomUUID();
    accessTokens.set(accessToken, who);
    const honest = { access_token: accessToken, token_type: 'Bearer', expires_in: 3600, refresh_token: refreshTokenOf(who) };
    const answer = bent(bend.refresh, honest);
    refreshTokens.delete(used);
    return answer;
  }

  const token = async (request: RecordedRequest) => {
    const { form } = request;
    if (!isClient(request)) return failure(401, 'invalid_client');
    if (form.grant_type === 'refresh_token') return refresh(form.refresh_token ?? '');
    if (form.grant_type !== 'authorization_code') return failure(400, 'unsupported_grant_type');
    const grant = grants.get(form.code ?? '');
    grants.delete(form.code ?? '');
    if (grant === undefined || Date.now() - grant.at > CODE_TTL_MS) return failure(400, 'invalid_grant');
    if (grant.request.redirect_uri !== form.redirect_uri) return failure(400, 'invalid_grant');
    if (!provesChallenge(grant.request, form.code_verifier)) return failure(400, 'invalid_grant');

    const accessToken = randomUUID();
    accessTokens.set(accessToken, grant.person);
    const iat = Math.floor(Date.now() / 1000);
    const { max_age, nonce, scope } = grant.request;
    // OpenID Connect Core 1.0, section 2: required when `max_age` was asked for.
    const authentication = max_age === undefined ? {} : { auth_time: Math.floor(grant.at / 1000) };
    const about = {
      iss: issuer,
      aud: clientId,
      iat,
      exp: iat + 600,
      at_hash: atHash(accessToken, alg),
      ...authentication,
      ...grant.person,
    };
    const claims = nonce === undefined ? about : { ...about, nonce };
    const honest = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      scope,
      id_token: await key.sign(bend.idTokenClaims?.(claims) ?? claims, bend.idTokenHeader),
      ...(scope?.split(' ').includes('offline_access') ? { refresh_token: refreshTokenOf(grant.person) } : {}),
    };
    return bent(bend.token, honest);
  };

  const userinfo = async ({ headers }: RecordedRequest) => {
    const honest = accessTokens.get((headers.authorization ?? '').replace(/^bearer /i, ''));
    if (honest === undefined) return failure(401, 'invalid_token');
    if (bend.signedUserinfo !== undefined) {
      const claims = bend.signedUserinfo({ iss: issuer, aud: clientId, ...honest });
      return new Answer(200, await key.sign(claims), { 'content-type': 'application/jwt; charset=utf-8' });
    }
    return bent(bend.userinfo, honest);
  };

  const revoke = (request: RecordedRequest) => {
    if (!isClient(request)) return failure(401, 'invalid_client');
    return bend.revocation === undefined ? new Answer(200) : bend.revocation({});
  };

  const endSession = ({ query }: RecordedRequest) =>
    query.post_logout_redirect_uri === undefined ? new Answer(200, 'Signed out') : redirect(new URL(query.post_logout_redirect_uri));

  const routes = new Map<string, (request: RecordedRequest) => unknown>([
    ['GET /.well-known/openid-configuration', discovery],
    ['GET /jwks', jwks],
    ['GET /authorize', authorize],
    ['POST /token', token],
    ['GET /userinfo', userinfo],
    ['GET /session/end', endSession],
    ['POST /revoke', revoke],
  ]);

  const server = await startEmulatorServer({ routes, requests, prefix: pathPrefix });
  const { origin, close } = server;
  const issuer = origin + pathPrefix;

  /** A ticket says who visits, so that any number of people can be here at once. */
  async function visit(authorizationUrl: string, who: Person | 'refuse'): Promise<Fields> {
    const ticket = randomUUID();
    tickets.set(ticket, who);
    return readRedirect(await server.visit(authorizationUrl, { [TICKET_HEADER]: ticket }));
  }

  return {
    issuer,
    origin,
    clientId,
    clientSecret,
    alg,
    bend,
    requests,
    count: (path) => requests.filter((request) => request.path === path).length,
    async approve(authorizationUrl, who = person()) {
      const { code = '', state = '', iss = '' } = await visit(authorizationUrl, who);
      return { code, state, iss };
    },
    async refuse(authorizationUrl) {
      const { error = '', state = '', iss = '' } = await visit(authorizationUrl, 'refuse');
      return { error, state, iss };
    },
    idToken(claims = {}, header = {}) {
      const iat = Math.floor(Date.now() / 1000);
      return key.sign({ iss: issuer, aud: clientId, iat, exp: iat + 3600, ...claims }, header);
    },
    signed: (payload, header) => key.signText(payload, header),
    async rotateKey() {
      key = await createSigningKey(alg);
      keys.push(key);
    },
    async close() {
      await close();
      for (const each of keys) each.giveUp();
    },
  };
}
