// Any provider that keeps to OpenID Connect Core 1.0 and Discovery 1.0.

import { byIssuer } from './by-issuer.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';

export const oidc: OpenIdProvider = {
  protocol: 'openid',
  ...byIssuer,
  tellsAuthTime: true,
  scope: ({ scope = ['profile', 'email'] }) => scope,
  authorizationParams: (_config, { fresh }) => (fresh ? { prompt: 'login', max_age: '0' } : {}),
  profile: (claims) => openIdProfile(claims),
};
