// Google: OpenID Connect, but refresh tokens come by a parameter of its own, and `offline_access` is no scope it knows.

import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';

const OFFLINE = 'offline_access';

export const google: OpenIdProvider = {
  protocol: 'openid',
  scope: ({ scope = ['profile', 'email'] }) => scope.filter((one) => one !== OFFLINE),
  /** Without the consent a person who has given it before gets no refresh token again. */
  authorizationParams: ({ scope }, { keepsTokens }): Readonly<Record<string, string>> =>
    keepsTokens || scope?.includes(OFFLINE) ? { access_type: 'offline', prompt: 'consent' } : {},
  profile: (claims) => openIdProfile(claims),
};
