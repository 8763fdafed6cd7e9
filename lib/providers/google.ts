// Google: OpenID Connect, but refresh tokens come by a parameter of its own, and `offline_access` is no scope it knows.

import { byIssuer } from './by-issuer.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdConfig, OpenIdProvider } from './provider.js';

const OFFLINE = 'offline_access';

const hostedDomain = (config: OpenIdConfig) => (config.type === 'google' ? config.hd : undefined);

/** Empty for whoever has an account of no organization; what is no domain is that of nobody. */
const domainIn = (hd: unknown) => (typeof hd === 'string' && /^[\x21-\x7e]{1,255}$/.test(hd) ? hd : '');

export const google: OpenIdProvider = {
  protocol: 'openid',
  /** Nor does it know `max_age`. */
  tellsAuthTime: false,
  scope: ({ scope = ['profile', 'email'] }) => scope.filter((one) => one !== OFFLINE),
  authorizationParams(config, { fresh, keepsTokens }): Readonly<Record<string, string>> {
    const hd = hostedDomain(config);
    // Without the consent a person who has given it before gets no refresh token again.
    const offline = keepsTokens || config.scope?.includes(OFFLINE) ? { access_type: 'offline', prompt: 'consent' } : {};
    // Google knows no `login`; at least it asks.
    const asking = fresh ? { prompt: 'select_account' } : {};
    return { ...offline, ...asking, ...(hd === undefined ? {} : { hd }) };
  },
  acceptance: (config) => ({ ...byIssuer.acceptance(config), hostedDomain: hostedDomain(config) }),
  /** The request's `hd` is a wish that the person can strike out of the address; only what Google tells back counts. */
  origin: (config, claims) => ({ ...byIssuer.origin(config, claims), hostedDomain: domainIn(claims.hd) }),
  profile: (claims) => openIdProfile(claims),
};
