// Google: OpenID Connect, but it gives refresh tokens by a parameter of its own and does not know the scope `offline_access`.

import { domainName, issuer } from '../support/web-address.js';
import { byIssuer } from './issuers.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';
import type { OpenIdConfig } from './provider-config.js';
import type { OpenIdClientOptions } from './provider-options.js';
import { nativeClientIds, openIdClientOptions, type Shape, schemaOf } from './provider-schema.js';

/** Google. */
export interface GoogleOptions extends OpenIdClientOptions {
  readonly type?: 'google';
  /** The issuer identifier. Default `https://accounts.google.com`. https, or http to a loopback host. */
  readonly issuer?: string;
  /**
   * The only domain of a Google Workspace or Cloud organization, such as `example.com`, whose people may sign in; anybody else
   * fails with `provider_failed`. It is sent as `hd`, which the person can change on the way, so it is also compared with the `hd`
   * claim that comes back (Google's "OpenID Connect", "Authentication URI parameters" and "An ID token's payload").
   * Links made before it was set stay, and still count as sign-in methods. Default none: anybody with a Google account.
   */
  readonly hd?: string;
  /**
   * Client ids of native apps whose ID tokens are accepted when they are submitted (`POST /api/v1/auth/oauth/login`), beside
   * `clientId`: those of the Android and iOS apps, which Google puts into `aud` or `azp`. Default none.
   */
  readonly nativeClientIds?: readonly string[];
}

export interface GoogleConfig extends OpenIdConfig {
  /** In lower case; `undefined`: anybody with a Google account. */
  readonly hd?: string | undefined;
}

const OFFLINE = 'offline_access';

/** Empty for whoever has an account of no organization; what is no domain is that of nobody. */
const domainIn = (hd: unknown) => (typeof hd === 'string' && /^[\x21-\x7e]{1,255}$/.test(hd) ? hd : '');

export const google: OpenIdProvider<GoogleOptions, GoogleConfig> = {
  protocol: 'openid',
  names: { displayName: 'Google', genAuthType: 'google', biore: true },
  schema(given) {
    const service = issuer().default('https://accounts.google.com');
    const options = { ...openIdClientOptions(given), issuer: service, hd: domainName.optional(), nativeClientIds };
    return schemaOf(options satisfies Shape<GoogleOptions>);
  },
  /** Nor does it know `max_age`. */
  tellsAuthTime: false,
  scope: ({ scope = ['profile', 'email'] }) => scope.filter((one) => one !== OFFLINE),
  authorizationParams({ scope, hd }, { fresh, keepsTokens }): Readonly<Record<string, string>> {
    // Without the consent a person who has given it before gets no refresh token again.
    const offline = keepsTokens || scope?.includes(OFFLINE) ? { access_type: 'offline', prompt: 'consent' } : {};
    // Google knows no `login`; at least it asks.
    const asking = fresh ? { prompt: 'select_account' } : {};
    return { ...offline, ...asking, ...(hd === undefined ? {} : { hd }) };
  },
  acceptance: (config) => ({ ...byIssuer.acceptance(config), hostedDomain: config.hd }),
  /** The request's `hd` is a wish that the person can strike out of the address; only what Google tells back counts. */
  origin: (config, claims) => ({ ...byIssuer.origin(config, claims), hostedDomain: domainIn(claims.hd) }),
  profile: (claims) => openIdProfile(claims),
};
