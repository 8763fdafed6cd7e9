// Revokes tokens that are no longer needed (RFC 7009).

import type { ProviderTokens } from '../accounts/types.js';
import type { ClientProof } from './client-authentication.js';
import type { HttpClient } from './http-client.js';
import { membersOf, textOf } from './json-answer.js';

export interface Revocation {
  readonly endpoint: string;
  readonly proof: ClientProof;
  readonly tokens: ProviderTokens;
  readonly signal: AbortSignal;
}

/**
 * Section 2.1, of the refresh token where there is one: it takes the access tokens with it.
 * @throws Error for any status but 200; a token that is over is answered with 200 (section 2.2), but Google says `invalid_token`
 */
export async function revokeToken(http: HttpClient, { endpoint, proof, tokens, signal }: Revocation): Promise<void> {
  const { accessToken, refreshToken } = tokens;
  const hint = refreshToken === undefined ? 'access_token' : 'refresh_token';
  const form = new URLSearchParams({ token: refreshToken ?? accessToken, token_type_hint: hint });
  const headers = { accept: 'application/json', ...(await proof(form)) };
  const reply = await http(new URL(endpoint), { method: 'POST', headers, form, isRepeatable: false, signal });
  if (reply.status === 200 || membersOf(textOf(reply))?.error === 'invalid_token') return;
  throw new Error(`the revocation endpoint answered status ${reply.status}`);
}
