// Logto: asks for consent, because without it `offline_access` gives no refresh token, and takes the person's address as a hint.

import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';

export const logto: OpenIdProvider = {
  protocol: 'openid',
  defaultScope: ['offline_access', 'profile', 'email'],
  authorizationParams: (_config, { hint }) => ({ prompt: 'consent', ...(hint === undefined ? {} : { login_hint: hint }) }),
  profile: openIdProfile,
};
