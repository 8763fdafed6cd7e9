// Logto: asks for consent, because without it `offline_access` gives no refresh token, and takes the person's address as a hint.

import { byIssuer } from './by-issuer.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';

export const logto: OpenIdProvider = {
  protocol: 'openid',
  ...byIssuer,
  tellsAuthTime: true,
  scope: ({ scope = ['offline_access', 'profile', 'email'] }) => scope,
  authorizationParams: (_config, { fresh, hint }) => ({
    ...(fresh ? { prompt: 'login', max_age: '0' } : { prompt: 'consent' }),
    ...(hint === undefined ? {} : { login_hint: hint }),
  }),
  profile: (claims) => openIdProfile(claims),
};
