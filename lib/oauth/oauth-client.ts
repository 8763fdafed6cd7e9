// Calls a provider without OpenID Connect: the provider's file says what to ask; the rules for every answer are here.

import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { ProviderTokens, VerifiedIdentity } from '../accounts/types.js';
import type { Ask, Credentials, OAuthService, ProviderRequest } from '../providers/oauth-service.js';
import { withDeadline } from '../support/deadline.js';
import { codeOf } from './authorization-answer.js';
import { basicAuthorization } from './client-authentication.js';
import type { RedeemableFlow } from './code-redemption.js';
import { createHttpClient, type HttpClient } from './http-client.js';
import { isSubject } from './id-token-rules.js';
import { isJsonType } from './json-answer.js';
import { providerFailed } from './provider-failure.js';
import { assertPrintable } from './token-request.js';

/** For everything one finish asks of the provider. */
const TIMEOUT_MS = 5_000;

export interface OAuthClientOptions {
  /** The provider id. */
  readonly id: string;
  readonly service: OAuthService;
  /** As the authorization request spells it. */
  readonly redirectUri: string;
}

export interface OAuthClient {
  /**
   * One token request, and everything within 5 s.
   * @throws LatchkeyError `provider_failed`, `denied`
   */
  redeem(flow: Pick<RedeemableFlow, 'codeVerifier'>, answer: AuthorizationAnswer): Promise<VerifiedIdentity>;
  /**
   * Does nothing where the provider has no endpoint for it.
   * @throws LatchkeyError `provider_failed`
   */
  revoke(tokens: ProviderTokens): Promise<void>;
  /** Undefined where the provider refreshes none. @throws LatchkeyError `provider_failed` */
  refresh(refreshToken: string): Promise<ProviderTokens | undefined>;
}

/**
 * A provider that has no issuer identifier sends none, so one that is there comes from another (RFC 9207, section 2.4).
 * @throws LatchkeyError `provider_failed`, `denied`
 */
async function codeIn(answer: AuthorizationAnswer, issuer: string | undefined): Promise<string> {
  if (issuer === undefined && answer.iss !== undefined) throw providerFailed('iss in the redirect of a provider that has no issuer');
  return await codeOf(answer, issuer ?? '', async () => false);
}

export function createOAuthClient({ id, service, redirectUri }: OAuthClientOptions): OAuthClient {
  const http = createHttpClient();

  async function redeemCode(
    code: string,
    { codeVerifier = '' }: Pick<RedeemableFlow, 'codeVerifier'>,
    signal: AbortSignal,
  ): Promise<VerifiedIdentity> {
    const tokens = service.tokens(await asking(http, { signal })(service.tokenRequest({ code, codeVerifier, redirectUri })));
    assertPrintable(tokens.accessToken, tokens.refreshToken ?? tokens.accessToken);
    const { subject, profile } = await service.whose(tokens.accessToken, asking(http, { signal, isRepeatable: true }));
    if (!isSubject(subject)) throw new Error('the subject is missing or not valid');
    return { provider: id, namespace: service.namespace, subject, profile, tokens };
  }

  return {
    async redeem(flow, answer) {
      try {
        const code = await codeIn(answer, service.issuer);
        return await withDeadline(TIMEOUT_MS, (signal) => redeemCode(code, flow, signal));
      } catch (error) {
        throw providerFailed('redeeming the code', error);
      }
    },
    async refresh(refreshToken) {
      const request = service.refreshRequest?.(refreshToken);
      if (request === undefined) return undefined;
      try {
        const tokens = service.tokens(await withDeadline(TIMEOUT_MS, (signal) => asking(http, { signal })(request)));
        assertPrintable(tokens.accessToken, tokens.refreshToken ?? refreshToken);
        return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
      } catch (error) {
        throw providerFailed('refreshing', error);
      }
    },
    async revoke(tokens) {
      const request = service.revocation?.(tokens);
      if (request === undefined) return;
      try {
        const answer = await withDeadline(TIMEOUT_MS, (signal) => asking(http, { signal })(request));
        const isRevoked = service.isRevoked?.(answer) ?? answer.status === 200;
        if (!isRevoked) throw new Error(`answered with status ${answer.status}`);
      } catch (error) {
        throw providerFailed('revoking', error);
      }
    },
  };
}

function authorization(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token}`;
  return basicAuthorization(credentials.id, credentials.secret);
}

/** What the endpoint's own query says stays, but cannot replace ours. */
function addressOf({ endpoint, query = {} }: ProviderRequest): URL {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

export interface Asking {
  /** One deadline for all calls. */
  readonly signal: AbortSignal;
  /** Default false: QQ's token request is a GET, too. */
  readonly isRepeatable?: boolean;
}

function asking(http: HttpClient, { signal, isRepeatable = false }: Asking): Ask {
  return async (request) => {
    const { form, json, credentials } = request;
    const method = request.method ?? (form === undefined ? 'GET' : 'POST');
    const { status, contentType, body } = await http(addressOf(request), {
      method,
      headers: { accept: 'application/json', ...(credentials === undefined ? {} : { authorization: authorization(credentials) }) },
      form: form && new URLSearchParams(form),
      json,
      isRepeatable: isRepeatable && method === 'GET',
      signal,
    });
    return { status, isJson: isJsonType(contentType), text: new TextDecoder().decode(body) };
  };
}
