// The one token request of a finish (RFC 6749, section 4.1.3; RFC 7636, section 4.5) or of a refresh (section 6), and its answer before
// the library judges it, which refuses the whole for a member that nobody needs.

import type { ClientAuth, CustomFetch, ServerMetadata } from 'openid-client';
import { GrantRefused, optional } from '../providers/answers.js';
import { errorWord } from './provider-failure.js';
import { DPOP } from './provider-metadata.js';

type Grant =
  | { readonly code: string; readonly codeVerifier: string | undefined; readonly redirectUri: string }
  /** RFC 6749, section 6. */
  | { readonly refreshToken: string };

function bodyOf(grant: Grant): URLSearchParams {
  if ('refreshToken' in grant) return new URLSearchParams({ grant_type: 'refresh_token', refresh_token: grant.refreshToken });
  const { code, codeVerifier, redirectUri } = grant;
  const body = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
  if (codeVerifier !== undefined) body.set('code_verifier', codeVerifier);
  return body;
}

export interface TokenRequest {
  readonly server: ServerMetadata;
  readonly endpoint: string;
  readonly clientId: string;
  readonly authentication: ClientAuth;
  readonly grant: Grant;
}

/**
 * We ask, and the library judges: which issuer an answer has to name is known, with tenants, only once the answer is there,
 * and the library wants to know before it asks.
 */
export async function requestTokens(request: TokenRequest, fetch: CustomFetch): Promise<TokenAnswer> {
  const { server, endpoint, clientId, authentication, grant } = request;
  const body = bodyOf(grant);
  const headers = new Headers({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' });
  await authentication(server, { client_id: clientId }, body, headers);
  const asked = { method: 'POST', headers: Object.fromEntries(headers), body, redirect: 'manual' } as const;
  return readTokenAnswer(await fetch(endpoint, asked));
}

/** RFC 6749, section 5.1 and OpenID Connect Core 1.0, section 3.1.3.3: these are read, and so every one of them is checked. */
const CHECKED = ['access_token', 'token_type', 'id_token'] as const;

/** These are read where they say something. Whatever else stands there (`scope`, …) is of no use here. */
const OPTIONAL = ['refresh_token', 'error', 'error_description'] as const;

type Members = Readonly<Record<string, unknown>>;

export interface TokenAnswer {
  /** The members that are used, unchecked; none where the body is no object. */
  readonly members: Members;
  /** `expires_in`, of which the library need know nothing. */
  readonly expiresIn: unknown;
  /** The same for the library. A failure, and what is no object, are as they came. */
  response(): Response;
}

function usedMembers(body: object): Members {
  const given = new Map<string, unknown>(Object.entries(body));
  const members = [
    ...CHECKED.map((name) => [name, given.get(name)] as const),
    ...OPTIONAL.map((name) => [name, optional(given.get(name))] as const),
  ];
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readTokenAnswer(response: Response): Promise<TokenAnswer> {
  const text = await response.text();
  const body = parseJson(text);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const members = isObject ? usedMembers(body) : {};
  const judged = isObject && response.status === 200 ? JSON.stringify(members) : text;
  const { status, headers } = response;
  const expiresIn = isObject ? new Map<string, unknown>(Object.entries(body)).get('expires_in') : undefined;
  return { members, expiresIn, response: () => new Response(judged === '' ? null : judged, { status, headers }) };
}

/**
 * RFC 6749, appendices A.12 and A.17. A header refuses other characters too, with an error that quotes the token.
 * @throws Error
 */
export function assertPrintable(...tokens: readonly string[]): void {
  if (!tokens.every((token) => /^[\x20-\x7e]+$/.test(token))) throw new Error('a token has characters that no token may have');
}

/**
 * RFC 9449, section 5, in an answer of the token endpoint. Where the proof is missing there is no code for it, so that only the
 * description tells; it decides what the operator reads, and nothing else.
 * @throws Error
 */
export function assertBearer({ error, error_description: description, token_type: type }: Readonly<Record<string, unknown>>): void {
  const refused = error !== undefined && /dpop/i.test(`${error} ${description}`);
  if (refused || (typeof type === 'string' && type.toLowerCase() === 'dpop')) throw new Error(DPOP);
}

/** Some providers answer an error with status 200 and tokens beside it. */
export function assertNoError({ members: { error } }: TokenAnswer): void {
  if (error === undefined) return;
  const text = `the token endpoint answered ${errorWord(error)}`;
  throw error === 'invalid_grant' ? new GrantRefused(text) : new Error(text);
}
