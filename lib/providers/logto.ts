// Logto: consent is requested, because `offline_access` gives no refresh token without it; the person's address is passed as a hint.

import { issuer } from '../support/web-address.js';
import { byIssuer } from './issuers.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';
import type { OpenIdClientOptions } from './provider-options.js';
import { openIdClientOptions, type Shape, schemaOf } from './provider-schema.js';

/** Logto, a tenant in its cloud or one's own server. */
export interface LogtoOptions extends OpenIdClientOptions {
  readonly type?: 'logto';
  /** The tenant's endpoint, such as `https://TENANT.logto.app`; the issuer is this plus `/oidc`. https, or http to a loopback host. Required. */
  readonly endpoint: string;
}

export const logto: OpenIdProvider<LogtoOptions> = {
  protocol: 'openid',
  names: { displayName: 'Logto', cloudreveNumber: 0 },
  schema: (given) =>
    schemaOf({ ...openIdClientOptions(given), endpoint: issuer() } satisfies Shape<LogtoOptions>, ({ endpoint, ...options }) => ({
      ...options,
      issuer: `${endpoint.replace(/\/+$/, '')}/oidc`,
    })),
  ...byIssuer,
  tellsAuthTime: true,
  signsOut: true,
  scope: ({ scope = ['offline_access', 'profile', 'email'] }) => scope,
  authorizationParams: (_config, { fresh, hint }) => ({
    ...(fresh ? { prompt: 'login', max_age: '0' } : { prompt: 'consent' }),
    ...(hint === undefined ? {} : { login_hint: hint }),
  }),
  profile: (claims) => openIdProfile(claims),
};
