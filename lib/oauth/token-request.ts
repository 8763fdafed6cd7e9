// The token request of a finish (RFC 6749, section 4.1.3; RFC 7636, section 4.5) or of a refresh (section 6), and the checks of its answer
// before any signature.

import { GrantRefused, optional } from '../providers/answers.js';
import type { ClientProof } from './client-authentication.js';
import type { HttpClient, HttpReply } from './http-client.js';
import { assertJsonType, type Members, membersOf, textOf } from './json-answer.js';
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
  readonly endpoint: string;
  readonly proof: ClientProof;
  readonly grant: Grant;
  readonly signal: AbortSignal;
}

/** @throws Error for anything but tokens of type Bearer */
export async function requestTokens(http: HttpClient, { endpoint, proof, grant, signal }: TokenRequest): Promise<TokenAnswer> {
  const form = bodyOf(grant);
  const headers = { accept: 'application/json', ...(await proof(form)) };
  return readTokenAnswer(await http(new URL(endpoint), { method: 'POST', headers, form, isRepeatable: false, signal }));
}

/** RFC 6749, section 5.1 and OpenID Connect Core 1.0, section 3.1.3.3: these are read, and so every one of them is checked. */
const CHECKED = ['access_token', 'token_type', 'id_token'] as const;

/** These are read where they say something. Whatever else stands there (`scope`, …) is of no use here. */
const OPTIONAL = ['refresh_token', 'error', 'error_description'] as const;

export interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Unchecked. */
  readonly idToken: unknown;
  readonly expiresIn: unknown;
  /** Those that are used. */
  readonly members: Members;
}

function usedMembers(body: Members): Members {
  const given = new Map<string, unknown>(Object.entries(body));
  const members = [
    ...CHECKED.map((name) => [name, given.get(name)] as const),
    ...OPTIONAL.map((name) => [name, optional(given.get(name))] as const),
  ];
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/**
 * RFC 6749, appendices A.12 and A.17. A header refuses other characters too, with an error that quotes the token.
 * @throws Error
 */
export function assertPrintable(...tokens: readonly string[]): void {
  if (!tokens.every((token) => /^[\x20-\x7e]+$/.test(token))) throw new Error('a token has characters that are not allowed');
}

/**
 * RFC 9449, section 5, in an answer of the token endpoint. Where the proof is missing there is no code for it, so that only the
 * description tells; it decides what the operator reads, and nothing else.
 * @throws Error
 */
function assertBearer({ error, error_description: description, token_type: type }: Members): void {
  const refused = error !== undefined && /dpop/i.test(`${error} ${description}`);
  if (refused || (typeof type === 'string' && type.toLowerCase() === 'dpop')) throw new Error(DPOP);
}

/** Some providers answer an error with status 200 and tokens beside it. */
function assertNoError({ error }: Members): void {
  if (error === undefined) return;
  const text = `the token endpoint answered ${errorWord(error)}`;
  throw error === 'invalid_grant' ? new GrantRefused(text) : new Error(text);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * RFC 6749, sections 5.1 and 5.2; the type of token is not that of case.
 * @throws Error
 */
function readTokenAnswer(reply: HttpReply): TokenAnswer {
  const { status } = reply;
  if (status === 200) assertJsonType(reply);
  const answered = membersOf(textOf(reply));
  const members = answered === undefined ? {} : usedMembers(answered);
  assertBearer(members);
  assertNoError(members);
  if (status !== 200) throw new Error(`the token endpoint answered status ${status}`);
  if (answered === undefined) throw new Error('the token endpoint answered no JSON object');
  const { access_token: accessToken, token_type: type, refresh_token: refreshToken, id_token: idToken } = members;
  if (!isText(accessToken)) throw new Error('access_token is missing');
  if (!isText(type) || type.toLowerCase() !== 'bearer') throw new Error('token_type is not Bearer');
  if (refreshToken !== undefined && !isText(refreshToken)) throw new Error('refresh_token is not a string');
  assertPrintable(accessToken, refreshToken ?? accessToken);
  return { accessToken, refreshToken, idToken, expiresIn: answered.expires_in, members };
}
