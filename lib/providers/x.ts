// X: OAuth 2.0 with PKCE and a client that may have a secret; an address comes only if the person has confirmed one.

import { closedObject, isRecord } from '../support/closed-object.js';
import { endpoint } from '../support/web-address.js';
import { createJsonAnswers } from './answers.js';
import { publicOrSecret } from './client-proof.js';
import type { OAuthService, OAuthServiceOptions, ProviderRequest } from './oauth-service.js';
import { openIdProfile } from './openid-profile.js';
import type { OAuthProvider } from './provider.js';
import type { OAuthConfig } from './provider-config.js';
import type { CommonProviderOptions } from './provider-options.js';
import { clientOptions, type Shape, schemaOf } from './provider-schema.js';

/** X (OAuth 2.0 with PKCE). */
export interface XOptions extends CommonProviderOptions {
  readonly type?: 'x';
  /** The client secret of a confidential client. Required, except for a public client. */
  readonly clientSecret?: string;
  /** `"none"`: a public client (a native or single-page app at X), which only has PKCE. Default `"client_secret_basic"`. */
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'none';
  /** Each defaults to that of the real service. https, or http to a loopback host. */
  readonly endpoints?: {
    readonly authorization?: string;
    readonly token?: string;
    readonly userInfo?: string;
    readonly revocation?: string;
  };
}

export interface XConfig extends OAuthConfig {
  /** `undefined`: a public client. */
  readonly clientSecret?: string | undefined;
  readonly endpoints: Required<NonNullable<XOptions['endpoints']>>;
}

/** A code that it does not know is to X a bad request. */
const { fieldsOf, tokensOf } = createJsonAnswers({ name: 'X', refusals: ['invalid_grant', 'invalid_request'] });

/** X's documents: OAuth 2.0 Authorization Code Flow with PKCE, and GET /2/users/me. */
function service({ clientId, clientSecret, scope, endpoints }: XConfig, { keepsTokens }: OAuthServiceOptions): OAuthService {
  const client: Pick<ProviderRequest, 'credentials' | 'form'> =
    clientSecret === undefined
      ? { form: { client_id: clientId } }
      : { credentials: { kind: 'client', id: clientId, secret: clientSecret } };
  const asClient = (endpoint: string, form: Readonly<Record<string, string>>): ProviderRequest => ({
    ...client,
    endpoint,
    form: { ...form, ...client.form },
  });
  const scopes = scope ?? ['users.read', 'tweet.read', 'users.email', ...(keepsTokens ? ['offline.access'] : [])];
  return {
    namespace: 'x',
    authorizationEndpoint: endpoints.authorization,
    scope: scopes,
    scopeSeparator: ' ',
    pkce: true,
    tokenRequest: ({ code, codeVerifier, redirectUri }) =>
      asClient(endpoints.token, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: codeVerifier }),
    tokens: tokensOf,
    refreshRequest: (refreshToken) => asClient(endpoints.token, { grant_type: 'refresh_token', refresh_token: refreshToken }),
    revocation: ({ accessToken, refreshToken }) => asClient(endpoints.revocation, { token: refreshToken ?? accessToken }),
    async whose(accessToken, ask) {
      const answer = await ask({
        endpoint: endpoints.userInfo,
        // Asked for without its scope, the field would be refused.
        query: scopes.includes('users.email') ? { 'user.fields': 'confirmed_email' } : {},
        credentials: { kind: 'bearer', token: accessToken },
      });
      const { data } = fieldsOf(answer);
      if (!isRecord(data)) throw new Error('the answer has no data');
      const { name } = openIdProfile({ name: data.name });
      return {
        subject: data.id,
        // X gives an address only after its owner has confirmed it there.
        profile: openIdProfile({ name: name ?? data.username, email: data.confirmed_email, email_verified: true }),
      };
    },
  };
}

export const x: OAuthProvider<XOptions, XConfig> = {
  protocol: 'oauth',
  names: { displayName: 'X', genAuthType: 'twitter', biore: true },
  schema(given) {
    const { clientSecret, tokenEndpointAuthMethod } = publicOrSecret(given.options);
    const endpoints = closedObject({
      authorization: endpoint().default('https://x.com/i/oauth2/authorize'),
      token: endpoint().default('https://api.x.com/2/oauth2/token'),
      userInfo: endpoint().default('https://api.x.com/2/users/me'),
      revocation: endpoint().default('https://api.x.com/2/oauth2/revoke'),
    } satisfies Shape<XConfig['endpoints']>).prefault({});
    const options = { ...clientOptions(given), clientSecret, tokenEndpointAuthMethod, endpoints } satisfies Shape<XOptions>;
    return schemaOf(options, ({ tokenEndpointAuthMethod: _, ...read }) => read);
  },
  mayTellNoAddress: true,
  service,
};
