// The one token request of a finish (RFC 6749, section 4.1.3; RFC 7636, section 4.5), or of a refresh (section 6).

import type { ClientAuth, CustomFetch, ServerMetadata } from 'openid-client';
import { readTokenAnswer, type TokenAnswer } from './token-answer.js';

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
