// What userinfo adds to the ID token (OpenID Connect Core 1.0, section 5.3), if it answers at all; and one set of claims from both.

import { optional, withoutEmpty } from '../providers/answers.js';
import type { HttpClient, HttpReply } from './http-client.js';
import { type Audience, type Claims, isForUs, TIME_RULES } from './id-token-rules.js';
import { JWT_TYPE, jsonOf, mediaType, textOf } from './json-answer.js';
import { type Keys, readSigned } from './signed-token.js';

export interface UserInfoRequest {
  readonly endpoint: string;
  readonly accessToken: string;
  /** The ID token's. */
  readonly subject: string;
  /** Asked of a signed one that names them. */
  readonly audience: Audience;
  readonly issuer: string;
  /** Asked for where it is signed. */
  keys(): Promise<Keys>;
  readonly signal: AbortSignal;
}

/** Either what it says, or why it says nothing. */
export type UserInfo = { readonly claims: Claims } | { readonly silence: string };

/** A refusal, not an outage: asking again later would change nothing. */
const saysNothing = (status: number) => status === 204 || status === 501 || (status >= 400 && status < 500);

/** A signed one (section 5.3.2) is judged as an ID token is, in what it names. */
async function signedClaims(jwt: string, { audience, issuer, keys }: UserInfoRequest): Promise<Claims> {
  const { claims } = await readSigned(jwt, keys);
  if (claims.aud !== undefined && !isForUs(claims.aud, audience)) throw new Error('userinfo is for another audience');
  if (claims.iss !== undefined && claims.iss !== issuer) throw new Error('userinfo is from another issuer');
  const now = Date.now() / 1000;
  if (claims.exp !== undefined && !TIME_RULES.exp(claims, { now })) throw new Error('the exp of userinfo does not hold');
  if (!TIME_RULES.nbf(claims, { now })) throw new Error('the nbf of userinfo does not hold');
  return claims;
}

async function claimsOf(reply: HttpReply, request: UserInfoRequest): Promise<Claims> {
  const isSigned = reply.status === 200 && mediaType(reply.contentType) === JWT_TYPE;
  const claims = isSigned ? await signedClaims(textOf(reply), request) : jsonOf(reply, 'userinfo');
  if (claims.sub !== request.subject) throw new Error('userinfo is about somebody else');
  // Some providers answer an error with status 200 and claims beside it.
  if (optional(claims.error) !== undefined) throw new Error('userinfo reports an error');
  return claims;
}

/** @throws Error at an answer that says something, and does not hold */
export async function askUserInfo(http: HttpClient, request: UserInfoRequest): Promise<UserInfo> {
  const { endpoint, accessToken, signal } = request;
  const headers = { accept: `application/json, ${JWT_TYPE}`, authorization: `Bearer ${accessToken}` };
  const reply = await http(new URL(endpoint), { method: 'GET', headers, isRepeatable: true, signal });
  if (saysNothing(reply.status)) return { silence: `userinfo answered status ${reply.status}` };
  return { claims: await claimsOf(reply, request) };
}

/** Where a provider tells more about a person than who they are, it tells there what it has to tell; else that is userinfo's to say. */
const ABOUT_A_PERSON = ['email', 'name', 'given_name', 'family_name', 'nickname', 'preferred_username'] as const;

/** Whether an ID token does without userinfo: also where nothing but `openid` was asked for. */
export function isEnough(claims: Claims, scope: readonly string[] | undefined): boolean {
  return scope?.length === 0 || ABOUT_A_PERSON.some((name) => optional(claims[name]) !== undefined);
}

const EMAIL_CLAIMS = ['email', 'email_verified'] as const;

/**
 * Claims of the ID token, completed by userinfo where they are missing or say nothing. An address and its verified flag come from one source:
 * else a flag about one address could vouch for another.
 */
export function mergeClaims(signed: Claims, userInfo: Claims): Claims {
  const idToken = withoutEmpty(signed);
  const source = Object.hasOwn(idToken, 'email') ? idToken : userInfo;
  const email = EMAIL_CLAIMS.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]] as const);
  const others = Object.entries({ ...userInfo, ...idToken }).filter(([name]) => !EMAIL_CLAIMS.some((claim) => claim === name));
  return Object.fromEntries([...others, ...email]);
}
