// GitHub, or one's own Enterprise Server: OAuth 2.0 with PKCE, errors with status 200, addresses at a separate endpoint.

import { z } from 'zod';
import { isRecord } from '../support/closed-object.js';
import { text } from '../support/scalars.js';
import { isSecure, originOf } from '../support/web-address.js';
import { createJsonAnswers } from './answers.js';
import type { OrHosts } from './host.js';
import type { OAuthService, ProviderAnswer } from './oauth-service.js';
import { openIdProfile } from './openid-profile.js';
import type { OAuthProvider } from './provider.js';
import type { OAuthConfig } from './provider-config.js';
import type { CommonProviderOptions } from './provider-options.js';
import { clientOptions, type Shape, schemaOf } from './provider-schema.js';

/** GitHub: an OAuth app, or a GitHub App with the permission to read addresses. */
export interface GitHubOptions extends CommonProviderOptions {
  readonly type?: 'github';
  /** The client secret. Required. */
  readonly clientSecret: string;
  /** The address of a GitHub Enterprise server, such as `https://github.example.com` or `https://SUBDOMAIN.ghe.com`. Default `https://github.com`. https, or http to a loopback host. */
  readonly baseUrl?: string;
}

export interface GitHubConfig extends OAuthConfig {
  readonly clientSecret: string;
  readonly baseUrl: string;
}

const SERVER = 'expected only the address of the server, such as "https://github.example.com" (plain http for loopback hosts only)';

const server = z.string({ error: SERVER }).transform((address, context): string => {
  const origin = originOf(address);
  if (origin !== undefined && isSecure(new URL(origin))) return origin;
  context.issues.push({ code: 'custom', message: SERVER, input: undefined });
  return z.NEVER;
});

/** In the cloud the API has a host of its own; an Enterprise Server has it below a path. */
function apiOf(baseUrl: string): string {
  const { protocol, host } = new URL(baseUrl);
  return host === 'github.com' || host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${baseUrl}/api/v3`;
}

const { jsonOf, fieldsOf, tokensOf } = createJsonAnswers({ name: 'GitHub', refusals: ['bad_verification_code', 'bad_refresh_token'] });

/** Its scopes that tell addresses; asked without one of them, it knows no such endpoint. */
const ADDRESSES: readonly string[] = ['user:email', 'user'];

/** The one that GitHub itself writes to. The public profile shows another, or none. */
function primaryAddress(answer: ProviderAnswer) {
  if (answer.status === 404) return {};
  const addresses = jsonOf(answer);
  if (!Array.isArray(addresses)) throw new Error('the addresses are not a list');
  const primary: unknown = addresses.find((one) => isRecord(one) && one.primary === true);
  return isRecord(primary) ? { email: primary.email, email_verified: primary.verified } : {};
}

/** The number of the account: its name may change, and be somebody else's afterwards. */
function subjectOf(id: unknown): string {
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0) throw new Error('the id is not the number of an account');
  return String(id);
}

/** GitHub's documents: "Authorizing OAuth apps", and of the REST API "users", "emails" and "oauth-applications". */
function service({ clientId, clientSecret, scope = ['user:email'], baseUrl }: GitHubConfig): OAuthService {
  const [pages, api] = [`${baseUrl}/login/oauth`, apiOf(baseUrl)];
  const tokenRequest = (grant: Readonly<Record<string, string>>) => ({
    endpoint: `${pages}/access_token`,
    form: { ...grant, client_id: clientId, client_secret: clientSecret },
  });
  return {
    namespace: baseUrl,
    issuer: pages,
    authorizationEndpoint: `${pages}/authorize`,
    scope,
    scopeSeparator: ' ',
    pkce: true,
    // It knows neither `login` nor `max_age`; at least it asks.
    whenFresh: { prompt: 'select_account' },
    tokenRequest: ({ code, codeVerifier, redirectUri }) => tokenRequest({ code, redirect_uri: redirectUri, code_verifier: codeVerifier }),
    refreshRequest: (refreshToken) => tokenRequest({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    tokens: tokensOf,
    async whose(accessToken, ask) {
      const credentials = { kind: 'bearer', token: accessToken } as const;
      const { id, name, login, avatar_url } = fieldsOf(await ask({ endpoint: `${api}/user`, credentials }));
      const address = scope.some((one) => ADDRESSES.includes(one))
        ? primaryAddress(await ask({ endpoint: `${api}/user/emails`, query: { per_page: '100' }, credentials }))
        : {};
      return { subject: subjectOf(id), profile: openIdProfile({ name, preferred_username: login, picture: avatar_url, ...address }) };
    },
    revocation: ({ accessToken }) => ({
      endpoint: `${api}/applications/${encodeURIComponent(clientId)}/token`,
      method: 'DELETE',
      json: { access_token: accessToken },
      credentials: { kind: 'client', id: clientId, secret: clientSecret },
    }),
    // 404: it knows the token no more.
    isRevoked: ({ status }) => status === 204 || status === 404,
  };
}

export const github: OAuthProvider<OrHosts<GitHubOptions>, GitHubConfig> = {
  protocol: 'oauth',
  names: { displayName: 'GitHub', genAuthType: 'github' },
  idWasFree: true,
  schema(given) {
    const options = { ...clientOptions(given), clientSecret: text(), baseUrl: server.default('https://github.com') };
    return schemaOf(options satisfies Shape<GitHubOptions>);
  },
  mayTellNoAddress: true,
  service,
};
