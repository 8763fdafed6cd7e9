// Google: OpenID Connect, but refresh tokens come by a parameter of its own.

import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';

export const google: OpenIdProvider = {
  protocol: 'openid',
  defaultScope: ['profile', 'email'],
  authorizationParams: ({ scope }): Readonly<Record<string, string>> =>
    scope?.includes('offline_access') ? { access_type: 'offline' } : {},
  profile: openIdProfile,
};
