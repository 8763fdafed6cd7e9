// What userinfo tells besides the ID token (OpenID Connect Core 1.0, section 5.3), or that it tells nothing; and one set of claims out of both.

import { type Configuration, type CustomFetch, customFetch, fetchUserInfo } from 'openid-client';
import { optional, withoutEmpty } from '../providers/answers.js';
import { JWT_TYPE } from './capped-fetch.js';
import type { Claims } from './id-token-rules.js';

export interface UserInfoRequest {
  readonly client: Configuration;
  /** The client's own. */
  readonly fetch: CustomFetch;
  readonly endpoint: string;
  /** Asked of a signed one that names an audience. */
  isForUs(aud: unknown): boolean;
  readonly accessToken: string;
  /** The ID token's. */
  readonly subject: string;
}

/** Either what it says, or why it says nothing. */
export type UserInfo = { readonly claims: Claims } | { readonly silence: string };

/** A refusal, not an outage: asking again later would change nothing. */
const saysNothing = (status: number) => status === 204 || status === 501 || (status >= 400 && status < 500);

/** @throws Error at an answer that says something, and does not hold */
export async function askUserInfo({ client, fetch, endpoint, isForUs, accessToken, subject }: UserInfoRequest): Promise<UserInfo> {
  let [silence, isSigned]: [string | undefined, boolean] = [undefined, false];
  client[customFetch] = async (url, options) => {
    const response = await fetch(url, options);
    if (url !== endpoint) return response;
    if (saysNothing(response.status)) silence = `userinfo answered status ${response.status}`;
    isSigned = response.headers.get('content-type') === JWT_TYPE;
    return response;
  };
  try {
    // A signed one (section 5.3.2) is judged as an ID token is: algorithm, signature, `iss` where it is there, times.
    const claims: Claims = await fetchUserInfo(client, accessToken, subject);
    if (isSigned && claims.aud !== undefined && !isForUs(claims.aud)) throw new Error('userinfo is for another audience');
    // Some providers answer an error with status 200 and claims beside it.
    if (optional(claims.error) !== undefined) throw new Error('userinfo names an error');
    return { claims };
  } catch (error) {
    if (silence === undefined) throw error;
    return { silence };
  }
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
