// All calls to an OpenID Connect provider, each within one deadline.

import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { ProviderTokens } from '../accounts/types.js';
import { expiryOf } from '../providers/answers.js';
import { issuerOfTenant } from '../providers/issuers.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import { withDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { codeOf } from './authorization-answer.js';
import { createClientAuthentication } from './client-authentication.js';
import { createCodeRedemption, type RedeemableFlow, type VerifiedClaims } from './code-redemption.js';
import { createDiscovery } from './discovery.js';
import { createHttpClient } from './http-client.js';
import { uncheckedClaims } from './id-token-rules.js';
import { createKeySet, type KeySet } from './key-set.js';
import { providerFailed } from './provider-failure.js';
import type { ProviderMetadata } from './provider-metadata.js';
import { revokeToken } from './revocation.js';
import { type BelievedToken, believeToken } from './submitted-token.js';
import { requestTokens, type TokenAnswer, type TokenRequest } from './token-request.js';

/** For everything one request asks of the provider. */
const TIMEOUT_MS = 5_000;

export interface VerifiedTokenClientOptions {
  readonly config: OpenIdConfig;
  readonly redirectUri: string;
  readonly logger: Logger;
  /** The provider's tokens are stored. Default false. */
  readonly keepsTokens?: boolean;
}

export interface VerifiedTokenClient {
  /** @throws LatchkeyError `provider_failed` within 5 s */
  metadata(): Promise<ProviderMetadata>;
  /**
   * One token request, and everything within 5 s.
   * @throws LatchkeyError `provider_failed`, `denied`
   */
  redeem(flow: RedeemableFlow, answer: AuthorizationAnswer): Promise<VerifiedClaims>;
  /**
   * An ID token that somebody hands in, with every check but those that need a flow.
   * @throws LatchkeyError `id_token_refused`, `provider_failed` within 5 s
   */
  believe(idToken: string, nonce: string | undefined): Promise<BelievedToken>;
  /**
   * RFC 7009, section 2.1; does nothing where the provider has no such endpoint.
   * @throws LatchkeyError `provider_failed` within 5 s
   */
  revoke(tokens: ProviderTokens): Promise<void>;
  /**
   * OpenID Connect Core 1.0, section 12; an ID token in the answer must name the same person, and is used for nothing else.
   * @throws LatchkeyError `provider_failed` within 5 s, with a `GrantRefused` as its cause
   */
  refresh(subject: string, refreshToken: string): Promise<ProviderTokens>;
  /** OpenID Connect RP-Initiated Logout 1.0, section 2; `undefined` when the provider has no such endpoint. */
  endSessionUrl(postLogoutRedirectUri: string): Promise<string | undefined>;
}

export function createVerifiedTokenClient(options: VerifiedTokenClientOptions): VerifiedTokenClient {
  const { config, redirectUri, logger, keepsTokens = false } = options;
  const http = createHttpClient();
  const metadata = createDiscovery({ config, logger, http, keepsTokens });
  const authenticate = createClientAuthentication(config);
  const { clientId, audiences, tenants } = config;
  let keySet: KeySet | undefined;

  function keySetAt(jwksUri: string): KeySet {
    if (keySet?.jwksUri !== jwksUri) keySet = createKeySet(jwksUri, http);
    return keySet;
  }

  async function askForTokens(grant: TokenRequest['grant'], signal: AbortSignal): Promise<TokenAnswer> {
    const known = await metadata();
    return await requestTokens(http, { endpoint: known.tokenEndpoint, proof: await authenticate(known), grant, signal });
  }

  const redeemCode = createCodeRedemption({
    ...{ config, redirectUri, logger, http, metadata },
    requestTokens: askForTokens,
    keysOf: ({ jwksUri }, issuer) => keySetAt(jwksUri).keys(tenants && issuer),
  });

  /** The issuer that the redirect has to name: with tenants the one of theirs that it names. */
  async function redirectIssuer(iss: string | undefined): Promise<string> {
    if (tenants === undefined) return config.issuer;
    const { issuer } = await metadata();
    return tenants.map((tenant) => issuerOfTenant(issuer, tenant)).find((one) => one === iss) ?? issuer;
  }

  async function inTime<T>(step: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withDeadline(TIMEOUT_MS, work);
    } catch (error) {
      throw providerFailed(step, error);
    }
  }

  async function refreshTokens(subject: string, refreshToken: string, signal: AbortSignal): Promise<ProviderTokens> {
    const { accessToken, refreshToken: next, idToken, expiresIn } = await askForTokens({ refreshToken }, signal);
    if (idToken !== undefined && uncheckedClaims(idToken).sub !== subject) throw new Error('the ID token belongs to somebody else');
    return { accessToken, refreshToken: next ?? refreshToken, ...expiryOf(expiresIn) };
  }

  return {
    metadata: () => inTime('discovery', metadata),
    redeem: (flow, answer) =>
      inTime('redeeming the code', async (signal) => {
        const code = await codeOf(answer, await redirectIssuer(answer.iss), async () => (await metadata()).announcesIss);
        return redeemCode(code, flow, signal);
      }),
    believe: (idToken, nonce) =>
      inTime('the key set', async () => {
        const { issuer, jwksUri } = await metadata();
        const keys = await keySetAt(jwksUri).keys();
        const context = { clientId, audiences, nativeClientIds: config.nativeClientIds ?? [], issuer, nonce, now: Date.now() / 1000 };
        return await believeToken({ provider: config.id, idToken, keys: async () => keys, context });
      }),
    revoke: (tokens) =>
      inTime('revoking', async (signal) => {
        const known = await metadata();
        const endpoint = known.revocationEndpoint;
        if (endpoint !== undefined) await revokeToken(http, { endpoint, proof: await authenticate(known), tokens, signal });
      }),
    refresh: (subject, refreshToken) => inTime('refreshing', (signal) => refreshTokens(subject, refreshToken, signal)),
    async endSessionUrl(postLogoutRedirectUri) {
      const { endSessionEndpoint } = await metadata();
      if (endSessionEndpoint === undefined) return undefined;
      const url = new URL(endSessionEndpoint);
      url.searchParams.set('client_id', clientId);
      url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri);
      return url.href;
    },
  };
}
