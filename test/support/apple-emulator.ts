// Apple as its documents describe it, on loopback: the honest provider behind Apple's paths, forms, texts and errors.

import { generateKeyPairSync, type KeyObject, randomUUID, verify } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { startEmulatorServer } from './emulator-server.js';
import { Answer, failure, type RecordedRequest } from './http-answer.js';
import { request as send } from './http-request.js';
import { type OpenIdProvider, type Redirect, type Refusal, startOpenIdProvider } from './openid-provider.js';
import { type Person, person } from './person.js';

type Fields = Readonly<Record<string, string>>;

/** What Apple posts back: never `iss`; `user` the first time only. */
export interface AppleAnswer extends Redirect {
  readonly user?: string;
}

/** `providers.apple` of the configuration. */
export interface AppleOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly teamId: string;
  readonly keyId: string;
  readonly privateKey: string;
}

export interface AppleEmulator extends OpenIdProvider {
  readonly options: AppleOptions;
  /** Every right client secret so far, oldest first. */
  readonly secrets: readonly string[];
  /** Every token that was revoked. */
  readonly revoked: readonly string[];
  /** A `given_name` and `family_name` of the person reach the `user` field and nothing else. */
  approve(authorizationUrl: string, who?: Person): Promise<AppleAnswer>;
}

/** Seconds: the longest life of a client secret. */
const MAX_SECRET_LIFE = 15_777_000;

const escapeHtml = (text: string) => text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);

const decoded = (part = ''): JWTPayload & Fields => JSON.parse(Buffer.from(part, 'base64url').toString());

function isSignedBy(publicKey: KeyObject, jwt: string): boolean {
  const [header, payload, signature = ''] = jwt.split('.');
  const signed = Buffer.from(`${header}.${payload}`);
  return verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

function isClientSecret(jwt: string, publicKey: KeyObject, { issuer, clientId, teamId, keyId }: AppleOptions): boolean {
  const [header, payload] = jwt.split('.');
  const { alg, kid } = decoded(header);
  const { iss, sub, aud, iat = Number.NaN, exp = Number.NaN } = decoded(payload);
  const now = Date.now() / 1000;
  const isFromUs = alg === 'ES256' && kid === keyId && iss === teamId && sub === clientId && aud === issuer;
  const isInTime = iat <= now + 1 && exp > now && exp - iat <= MAX_SECRET_LIFE;
  return isFromUs && isInTime && isSignedBy(publicKey, jwt);
}

/** Flags are texts, and there is no name (Apple's "Authenticating users with Sign in with Apple"); it has people prove who they are each time, and says so. */
function appleClaims({ name, given_name, family_name, picture, email_verified, is_private_email, ...claims }: JWTPayload): JWTPayload {
  return {
    ...claims,
    auth_time: claims.iat,
    ...(email_verified === undefined ? {} : { email_verified: String(email_verified) }),
    ...(is_private_email === undefined ? {} : { is_private_email: String(is_private_email) }),
    nonce_supported: true,
  };
}

function userField({ given_name: firstName, family_name: lastName, email }: Person): string {
  return JSON.stringify({ name: { firstName, lastName }, email });
}

/** Starts Apple on a free port; of `bend`, `idTokenClaims` and `token` are honoured. */
export async function startAppleEmulator(): Promise<AppleEmulator> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secrets: string[] = [];
  const revoked: string[] = [];
  const requests: RecordedRequest[] = [];
  const bend: OpenIdProvider['bend'] = {};
  /** By `state`: who visits, and what was posted back. */
  const visitors = new Map<string, Person>();
  const answers = new Map<string, Fields>();
  const known = new Set<string>();

  const behind = await startOpenIdProvider({
    clientId: 'com.example.latchkey',
    acceptsSecret(secret) {
      const isRight = isClientSecret(secret, publicKey, options);
      if (isRight) secrets.push(secret);
      return isRight;
    },
  });

  behind.bend.idTokenClaims = (honest) => {
    const claims = appleClaims({ ...honest, iss: issuer });
    return bend.idTokenClaims?.(claims) ?? claims;
  };
  behind.bend.token = ({ scope, ...honest }) => {
    const answer = { ...honest, refresh_token: randomUUID() };
    return bend.token?.(answer) ?? answer;
  };
  behind.bend.redirect = ({ iss, error, ...honest }) => {
    const { state = '' } = honest;
    const who = visitors.get(state);
    const isNew = who !== undefined && who.given_name !== undefined && !known.has(who.sub);
    if (isNew) known.add(who.sub);
    const fields =
      error === undefined ? { ...honest, ...(isNew ? { user: userField(who) } : {}) } : { state, error: 'user_cancelled_authorize' };
    answers.set(state, fields);
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, escapeHtml(value)]));
  };

  /** Apple's errors are all 400. */
  async function ask(path: string, { method, query, form, headers }: RecordedRequest): Promise<Answer> {
    const { host, connection, 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = headers;
    const body = method === 'POST' ? new URLSearchParams(form) : undefined;
    const url = `${behind.origin}${path}?${new URLSearchParams(query)}`;
    const answer = await send(url, { method, body, headers: kept as Fields });
    const type = answer.headers.get('content-type');
    return new Answer(answer.status === 200 ? 200 : 400, answer.text, type === null ? {} : { 'content-type': type });
  }

  const discovery = () => ({
    issuer,
    authorization_endpoint: `${issuer}/auth/authorize`,
    token_endpoint: `${issuer}/auth/token`,
    revocation_endpoint: `${issuer}/auth/revoke`,
    jwks_uri: `${issuer}/auth/keys`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'name'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  });

  const authorize = (request: RecordedRequest) => {
    const { scope = '', response_mode } = request.query;
    const asksForPerson = scope.split(' ').some((one) => one === 'name' || one === 'email');
    return asksForPerson && response_mode !== 'form_post' ? failure(400, 'invalid_request') : ask('/authorize', request);
  };

  const token = (request: RecordedRequest) =>
    request.headers.authorization === undefined ? ask('/token', request) : failure(400, 'invalid_client');

  const revoke = async (request: RecordedRequest) => {
    const answer = await ask('/revoke', request);
    if (answer.status === 200) revoked.push(request.form.token ?? '');
    return answer;
  };

  const routes = new Map<string, (request: RecordedRequest) => unknown>([
    ['GET /.well-known/openid-configuration', discovery],
    ['GET /auth/authorize', authorize],
    ['GET /auth/keys', (request) => ask('/jwks', request)],
    ['POST /auth/token', token],
    ['POST /auth/revoke', revoke],
  ]);

  const server = await startEmulatorServer({ routes, requests, broken: failure(400, 'invalid_request') });
  const issuer = server.origin;
  const options: AppleOptions = {
    issuer,
    clientId: behind.clientId,
    teamId: 'TEAM123456',
    keyId: 'KEY1234567',
    privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };

  return {
    ...behind,
    issuer,
    origin: issuer,
    options,
    secrets,
    revoked,
    requests,
    bend,
    count: (path) => requests.filter((request) => request.path === path).length,
    async approve(authorizationUrl, who = person()) {
      const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
      visitors.set(state, who);
      await behind.approve(authorizationUrl, who);
      const { code = '', user } = answers.get(state) ?? {};
      return { code, state, iss: '', ...(user === undefined ? {} : { user }) };
    },
    idToken: (claims = {}, header) => behind.idToken(appleClaims({ iss: issuer, iat: Math.floor(Date.now() / 1000), ...claims }), header),
    async refuse(authorizationUrl): Promise<Refusal> {
      const { state } = await behind.refuse(authorizationUrl);
      return { error: answers.get(state)?.error ?? '', state, iss: '' };
    },
    async close() {
      await Promise.all([server.close(), behind.close()]);
    },
  };
}
