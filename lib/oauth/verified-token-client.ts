// Redeems a code and believes the answer only after every check: openid-client's, then our own.

import { decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildEndSessionUrl,
  type ClientAuth,
  type ClientMetadata,
  Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  enableNonRepudiationChecks,
  None,
  ResponseBodyError,
  type ServerMetadata,
  tokenRevocation,
} from 'openid-client';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { ProviderTokens } from '../accounts/types.js';
import { expiryOf } from '../providers/expiry.js';
import { GrantRefused } from '../providers/grant-refused.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import { issuerOfTenant } from '../providers/tenants.js';
import { withDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { codeOf } from './authorization-answer.js';
import { cappedFetch } from './capped-fetch.js';
import { createClientAuthentication } from './client-authentication.js';
import { createDiscovery } from './discovery.js';
import { createHttpClient } from './http-client.js';
import { brokenClaim, CLOCK_SKEW, type Claims, isForUs, SIGNING_ALGORITHMS } from './id-token-rules.js';
import { createKeySet, isKeyOf, type KeySet } from './key-set.js';
import { mergeClaims } from './merge-claims.js';
import { errorWord, providerFailed } from './provider-failure.js';
import type { ProviderMetadata } from './provider-metadata.js';
import { type BelievedToken, believeToken } from './submitted-token.js';
import type { TokenAnswer } from './token-answer.js';
import { requestTokens } from './token-request.js';
import { assertPrintable } from './token-text.js';
import { assertBearer } from './unsupported.js';
import { askUserInfo, isEnough } from './user-info.js';
import { issuerToName, uncheckedClaims } from './whom-it-names.js';

/** For everything one request asks of the provider. */
const TIMEOUT_MS = 5_000;

/** What of a flow a code is redeemed with. */
export interface RedeemableFlow {
  readonly id: string;
  /** `undefined`: the request had no code challenge. */
  readonly codeVerifier: string | undefined;
  /** `undefined`: the request had none, and so the ID token may have none. */
  readonly nonce: string | undefined;
}

/** Checked claims: `sub` is the ID token's. */
export interface VerifiedClaims {
  readonly subject: string;
  readonly claims: Claims;
  /** The signed ones alone. */
  readonly idToken: Claims;
  readonly tokens: ProviderTokens;
  /** What the token endpoint answered, member for member. */
  readonly answer: Readonly<Record<string, unknown>>;
}

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

/** The algorithms are ours, so that the provider can neither widen them nor, changing its keys, lock everybody out for an hour. */
function serverMetadata(metadata: ProviderMetadata): ServerMetadata {
  const { userInfoEndpoint, revocationEndpoint, endSessionEndpoint } = metadata;
  return {
    issuer: metadata.issuer,
    authorization_endpoint: metadata.authorizationEndpoint,
    token_endpoint: metadata.tokenEndpoint,
    jwks_uri: metadata.jwksUri,
    id_token_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
    userinfo_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
    ...(userInfoEndpoint === undefined ? {} : { userinfo_endpoint: userInfoEndpoint }),
    ...(revocationEndpoint === undefined ? {} : { revocation_endpoint: revocationEndpoint }),
    ...(endSessionEndpoint === undefined ? {} : { end_session_endpoint: endSessionEndpoint }),
  };
}

/** A configuration for one finish: the library ties its fetch to it, and ours carries that finish's deadline. */
function configuration(clientId: string, metadata: ProviderMetadata, authentication: ClientAuth, fetch: CustomFetch): Configuration {
  const client: Partial<ClientMetadata> = { [clockTolerance]: CLOCK_SKEW };
  const made = new Configuration(serverMetadata(metadata), clientId, client, authentication);
  made[customFetch] = fetch;
  made.timeout = 0; // The deadline is the fetch's: one for all calls, where the library would give each call its own.
  allowInsecureRequests(made); // The fetch keeps plain http to loopback; the library knows only all or nothing.
  enableNonRepudiationChecks(made); // Without this a forged signature passes.
  return made;
}

/** A token that is over is answered with 200 (RFC 7009, section 2.2), but Google says `invalid_token`. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ResponseBodyError && error.error === 'invalid_token')) throw error;
}

/** Some providers answer an error with status 200 and tokens beside it. */
function assertNoError({ members: { error } }: TokenAnswer): void {
  if (error === undefined) return;
  const text = `the token endpoint answered ${errorWord(error)}`;
  throw error === 'invalid_grant' ? new GrantRefused(text) : new Error(text);
}

interface Judged {
  readonly known: ProviderMetadata;
  readonly issuer: string;
  readonly answer: TokenAnswer;
  readonly signal: AbortSignal;
}

export function createVerifiedTokenClient(options: VerifiedTokenClientOptions): VerifiedTokenClient {
  const { config, redirectUri, logger, keepsTokens = false } = options;
  const http = createHttpClient();
  const metadata = createDiscovery({ config, logger, http, keepsTokens });
  const authenticate = createClientAuthentication(config);
  const { clientId, audiences, tenants } = config;
  const expected = { clientId, audiences, tenants };
  let keySet: KeySet | undefined;

  function keySetAt(jwksUri: string): KeySet {
    if (keySet?.jwksUri !== jwksUri) keySet = createKeySet(jwksUri, http);
    return keySet;
  }

  /** The library asks for what it judges, and for the keys; both are there, or asked for only once in a while. */
  function judgesFetch({ known, issuer, answer, signal }: Judged): CustomFetch {
    const { jwksUri, tokenEndpoint } = known;
    const fetch = cappedFetch(http, signal);
    return async (url, options) => {
      if (url === jwksUri && options.method === 'GET') return keySetAt(jwksUri).response(tenants && ((key) => isKeyOf(issuer, key)));
      return url === tokenEndpoint ? answer.response() : fetch(url, options);
    };
  }

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

  async function redeemCode(code: string, flow: RedeemableFlow, signal: AbortSignal): Promise<VerifiedClaims> {
    const known = await metadata();
    const authentication = await authenticate(known);
    const grant = { code, codeVerifier: flow.codeVerifier, redirectUri };
    const request = { server: serverMetadata(known), endpoint: known.tokenEndpoint, clientId, authentication, grant };
    const answer = await requestTokens(request, cappedFetch(http, signal));
    assertBearer(answer.members);
    assertNoError(answer);
    const issuer = issuerToName(uncheckedClaims(answer.members.id_token), { ...expected, issuer: known.issuer });
    const fetch = judgesFetch({ known, issuer, answer, signal });
    const client = configuration(clientId, { ...known, issuer }, None(), fetch);
    const redirect = new URL(redirectUri);
    // The redirect's own `iss` was compared already; the library insists on one.
    redirect.search = new URLSearchParams({ code, state: flow.id, iss: issuer }).toString();
    const tokens = await authorizationCodeGrant(client, redirect, {
      ...(flow.codeVerifier === undefined ? {} : { pkceCodeVerifier: flow.codeVerifier }),
      expectedState: flow.id,
      ...(flow.nonce === undefined ? {} : { expectedNonce: flow.nonce }),
      idTokenExpected: true,
    });
    assertPrintable(tokens.access_token);
    const claims = tokens.claims();
    if (claims === undefined || tokens.id_token === undefined) throw new Error('the answer has no ID token');
    const broken = brokenClaim(claims, {
      ...expected,
      issuer,
      nonce: flow.nonce,
      accessToken: tokens.access_token,
      alg: decodeProtectedHeader(tokens.id_token).alg,
      now: Date.now() / 1000,
    });
    if (broken !== undefined) throw new Error(`the ID token's ${broken} does not hold`);
    const verified = {
      subject: claims.sub,
      idToken: claims,
      tokens: { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, ...expiryOf(answer.expiresIn) },
      answer: { ...tokens },
    };
    if (known.userInfoEndpoint === undefined) return { ...verified, claims };
    const asked = { accessToken: tokens.access_token, subject: claims.sub, endpoint: known.userInfoEndpoint };
    const userInfo = await askUserInfo({ client, fetch, isForUs: (aud) => isForUs(aud, expected), ...asked });
    if ('claims' in userInfo) return { ...verified, claims: mergeClaims(claims, userInfo.claims) };
    if (!isEnough(claims, config.scope)) throw new Error(`${userInfo.silence}, and the ID token tells nothing about the person`);
    logger.warn({ provider: config.id, detail: userInfo.silence }, 'Userinfo says nothing; the ID token is enough');
    return { ...verified, claims };
  }

  async function refreshTokens(subject: string, refreshToken: string, signal: AbortSignal): Promise<ProviderTokens> {
    const known = await metadata();
    const authentication = await authenticate(known);
    const request = { server: serverMetadata(known), endpoint: known.tokenEndpoint, clientId, authentication, grant: { refreshToken } };
    const { members, expiresIn, ...answer } = await requestTokens(request, cappedFetch(http, signal));
    assertBearer(members);
    assertNoError({ members, expiresIn, ...answer });
    const { access_token: accessToken, refresh_token: next, id_token: idToken } = members;
    if (typeof accessToken !== 'string') throw new Error('access_token is missing');
    if (next !== undefined && typeof next !== 'string') throw new Error('refresh_token is no text');
    assertPrintable(accessToken, next ?? refreshToken);
    if (idToken !== undefined && uncheckedClaims(idToken).sub !== subject) throw new Error('the ID token is of somebody else');
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
        const keys = (await (await keySetAt(jwksUri).response()).json()) as JSONWebKeySet;
        const context = { clientId, audiences, nativeClientIds: config.nativeClientIds ?? [], issuer, nonce, now: Date.now() / 1000 };
        return await believeToken({ provider: config.id, idToken, keys, context });
      }),
    revoke: ({ accessToken, refreshToken }) =>
      inTime('revoking', async (signal) => {
        const known = await metadata();
        if (known.revocationEndpoint === undefined) return;
        const client = configuration(clientId, known, await authenticate(known), cappedFetch(http, signal));
        const hint = refreshToken === undefined ? 'access_token' : 'refresh_token';
        await tokenRevocation(client, refreshToken ?? accessToken, { token_type_hint: hint }).catch(unlessGone);
      }),
    refresh: (subject, refreshToken) => inTime('refreshing', (signal) => refreshTokens(subject, refreshToken, signal)),
    async endSessionUrl(postLogoutRedirectUri) {
      const known = await metadata();
      if (known.endSessionEndpoint === undefined) return undefined;
      const client = new Configuration(serverMetadata(known), clientId);
      allowInsecureRequests(client);
      return buildEndSessionUrl(client, { post_logout_redirect_uri: postLogoutRedirectUri }).href;
    },
  };
}
