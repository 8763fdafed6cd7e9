// Apple: answers by a form, verifies addresses by a text, and tells the name beside the code, the first time only.

import { nameOfAppleUser } from './apple-user.js';
import { issuersOf } from './by-issuer.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdConfig, OpenIdProvider } from './provider.js';

/** Apple's own spelling, and of no other provider. */
const isTrue = (value: unknown) => value === true || value === 'true';

/** A person has a subject for each team of developers. */
const ofTeam = (config: OpenIdConfig) =>
  issuersOf(config).map((issuer) => (config.type === 'apple' ? `${issuer} ${config.teamId}` : issuer));

export const apple: OpenIdProvider = {
  protocol: 'openid',
  /** Unasked: it has people prove who they are each time. */
  tellsAuthTime: true,
  scope: ({ scope = ['name', 'email'] }) => scope,
  /** Apple insists on it wherever name or address is asked for. */
  authorizationParams: () => ({ response_mode: 'form_post' }),
  acceptance: (config) => ({ namespaces: ofTeam(config) }),
  origin: (config) => ({ namespace: ofTeam(config)[0] }),
  profile: (claims, { user }) =>
    openIdProfile({ ...claims, email_verified: isTrue(claims.email_verified), name: claims.name ?? nameOfAppleUser(user) }),
};
