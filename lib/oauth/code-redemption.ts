// Redeems a code, and accepts the answer only after every check.

import type { ProviderTokens } from '../accounts/types.js';
import { expiryOf } from '../providers/answers.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import type { Logger } from '../support/logger.js';
import type { HttpClient } from './http-client.js';
import { brokenClaim, type Claims, issuerToName, uncheckedClaims } from './id-token-rules.js';
import type { ProviderMetadata } from './provider-metadata.js';
import type { Keys } from './signed-token.js';
import { readSigned } from './signed-token.js';
import type { TokenAnswer, TokenRequest } from './token-request.js';
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
  requestTokens(grant: TokenRequest['grant'], signal: AbortSignal): Promise<TokenAnswer>;
  /** @param issuer with tenants, whose keys alone may sign for it */
  keysOf(known: ProviderMetadata, issuer: string): Promise<Keys>;
}

/** One token request. @throws Error */
export type RedeemCode = (code: string, flow: RedeemableFlow, signal: AbortSignal) => Promise<VerifiedClaims>;

interface Named {
  readonly known: ProviderMetadata;
  readonly issuer: string;
  readonly nonce: string | undefined;
}

/** `sub` is a rule of theirs. */
type CheckedClaims = Claims & { readonly sub: string };

export function createCodeRedemption(options: CodeRedemptionOptions): RedeemCode {
  const { config, redirectUri, logger, http, metadata, requestTokens, keysOf } = options;
  const { clientId, audiences, tenants } = config;
  const expected = { clientId, audiences, tenants };

  /** OpenID Connect Core 1.0, section 3.1.3.7. */
  async function checkedClaims({ idToken, accessToken }: TokenAnswer, { known, issuer, nonce }: Named): Promise<CheckedClaims> {
    if (typeof idToken !== 'string') throw new Error('the answer has no ID token');
    const { header, claims } = await readSigned(idToken, () => keysOf(known, issuer));
    const broken = brokenClaim(claims, { ...expected, issuer, nonce, accessToken, alg: header.alg, now: Date.now() / 1000 });
    if (broken !== undefined) throw new Error(`the ID token's ${broken} does not hold`);
    return claims as CheckedClaims;
  }

  return async (code, { codeVerifier, nonce }, signal) => {
    const known = await metadata();
    const answer = await requestTokens({ code, codeVerifier, redirectUri }, signal);
    const { accessToken, refreshToken, idToken } = answer;
    const issuer = issuerToName(uncheckedClaims(idToken), { ...expected, issuer: known.issuer });
    const claims = await checkedClaims(answer, { known, issuer, nonce });
    const verified = {
      subject: claims.sub,
      idToken: claims,
      tokens: { accessToken, refreshToken, ...expiryOf(answer.expiresIn) },
      answer: answer.members,
    };
    const endpoint = known.userInfoEndpoint;
    if (endpoint === undefined) return { ...verified, claims };
    const about = { subject: claims.sub, audience: expected, issuer, keys: () => keysOf(known, issuer) };
    const userInfo = await askUserInfo(http, { endpoint, accessToken, signal, ...about });
    if ('claims' in userInfo) return { ...verified, claims: mergeClaims(claims, userInfo.claims) };
    if (!isEnough(claims, config.scope)) throw new Error(`${userInfo.silence}, and the ID token says nothing about the person`);
    logger.warn({ provider: config.id, detail: userInfo.silence }, 'Userinfo gave no answer; the ID token is enough');
    return { ...verified, claims };
  };
}
