// What userinfo tells besides the ID token (OpenID Connect Core 1.0, section 5.3), or that it tells nothing.

import { type Configuration, type CustomFetch, customFetch, fetchUserInfo } from 'openid-client';
import { optional } from '../providers/optional.js';
import type { Claims } from './id-token-rules.js';

export interface UserInfoRequest {
  readonly client: Configuration;
  /** The client's own. */
  readonly fetch: CustomFetch;
  readonly endpoint: string;
  readonly accessToken: string;
  /** The ID token's. */
  readonly subject: string;
}

/** Either what it says, or why it says nothing. */
export type UserInfo = { readonly claims: Claims } | { readonly silence: string };

/** A refusal, not an outage: asking again later would change nothing. */
const saysNothing = (status: number) => status === 204 || status === 501 || (status >= 400 && status < 500);

/** @throws Error at an answer that says something, and does not hold */
export async function askUserInfo({ client, fetch, endpoint, accessToken, subject }: UserInfoRequest): Promise<UserInfo> {
  let silence: string | undefined;
  client[customFetch] = async (url, options) => {
    const response = await fetch(url, options);
    if (url === endpoint && saysNothing(response.status)) silence = `userinfo answered status ${response.status}`;
    return response;
  };
  try {
    const claims: Claims = await fetchUserInfo(client, accessToken, subject);
    // Some providers answer an error with status 200 and claims beside it.
    if (optional(claims.error) !== undefined) throw new Error('userinfo names an error');
    return { claims };
  } catch (error) {
    if (silence === undefined) throw error;
    return { silence };
  }
}
