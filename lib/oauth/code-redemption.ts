// Redeems a code and believes the answer only after every check: openid-client's, then our own.

import { decodeProtectedHeader } from 'jose';
import { authorizationCodeGrant, type CustomFetch, None } from 'openid-client';
import type { ProviderTokens } from '../accounts/types.js';
import { expiryOf } from '../providers/answers.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import type { Logger } from '../support/logger.js';
import { cappedFetch } from './capped-fetch.js';
import type { ClientAuthentication } from './client-authentication.js';
import type { HttpClient } from './http-client.js';
import { brokenClaim, type Claims, isForUs, issuerToName, uncheckedClaims } from './id-token-rules.js';
import { isKeyOf, type KeySet } from './key-set.js';
import { configuration, serverMetadata } from './library-client.js';
import type { ProviderMetadata } from './provider-metadata.js';
import { assertBearer, assertNoError, assertPrintable, requestTokens, type TokenAnswer } from './token-request.js';
import { askUserInfo, isEnough, mergeClaims } from './user-info.js';

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

export interface CodeRedemptionOptions {
  readonly config: OpenIdConfig;
  readonly redirectUri: string;
  readonly logger: Logger;
  readonly http: HttpClient;
  /** Gives what is known of the provider. */
  metadata(): Promise<ProviderMetadata>;
  readonly authenticate: ClientAuthentication;
  keySetAt(jwksUri: string): KeySet;
}

/** One token request. @throws Error */
export type RedeemCode = (code: string, flow: RedeemableFlow, signal: AbortSignal) => Promise<VerifiedClaims>;

interface Judged {
  readonly known: ProviderMetadata;
  readonly issuer: string;
  readonly answer: TokenAnswer;
  readonly signal: AbortSignal;
}

export function createCodeRedemption(options: CodeRedemptionOptions): RedeemCode {
  const { config, redirectUri, logger, http, metadata, authenticate, keySetAt } = options;
  const { clientId, audiences, tenants } = config;
  const expected = { clientId, audiences, tenants };

  /** The library asks for what it judges, and for the keys; both are there, or asked for only once in a while. */
  function judgesFetch({ known, issuer, answer, signal }: Judged): CustomFetch {
    const { jwksUri, tokenEndpoint } = known;
    const fetch = cappedFetch(http, signal);
    return async (url, options) => {
      if (url === jwksUri && options.method === 'GET') return keySetAt(jwksUri).response(tenants && ((key) => isKeyOf(issuer, key)));
      return url === tokenEndpoint ? answer.response() : fetch(url, options);
    };
  }

  return async (code, flow, signal) => {
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
  };
}
