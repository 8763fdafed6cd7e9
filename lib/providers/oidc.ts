// Any provider that follows OpenID Connect Core 1.0 and Discovery 1.0.

import { byIssuer, tenantIds, tenantsIssuer } from './issuers.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';
import type { OpenIdClientOptions } from './provider-options.js';
import { openIdClientOptions, type Shape, schemaOf } from './provider-schema.js';

/** The OpenID provider called `oidc`. */
export interface OpenIdOptions extends OpenIdClientOptions {
  readonly type?: 'oidc';
  /** The issuer identifier, exactly as in the discovery document (OpenID Connect Discovery 1.0, section 3). https, or http to a loopback host. Required. */
  readonly issuer: string;
  /**
   * The ids of the tenants whose people may sign in, if several tenants share one issuer: Microsoft Entra ID's
   * `https://login.microsoftonline.com/organizations/v2.0` or `…/common/v2.0`, whose discovery document names the issuer
   * `https://login.microsoftonline.com/{tenantid}/v2.0`. An ID token's `iss` must be that address with its own `tid`, and `tid`
   * must be in the list. Required for such an issuer. Default none: the issuer belongs to one tenant.
   */
  readonly tenants?: readonly string[];
}

/** Any number of further OpenID providers, each under an id that the host chooses. */
export interface FurtherOpenIdOptions extends OpenIdOptions {
  /** Required if the id is not built in, so that a misspelt id does not pass for a new provider. */
  readonly type: 'oidc';
}

export const oidc: OpenIdProvider<OpenIdOptions> = {
  protocol: 'openid',
  names: { displayName: 'OpenID Connect', cloudreveNumber: 2, strategy: 'openidconnect' },
  schema(given) {
    const [issuer, tenants] = [tenantsIssuer(given.options.tenants), tenantIds()];
    return schemaOf({ ...openIdClientOptions(given), issuer, tenants } satisfies Shape<OpenIdOptions>);
  },
  ...byIssuer,
  tellsAuthTime: true,
  scope: ({ scope = ['profile', 'email'] }) => scope,
  authorizationParams: (_config, { fresh }) => (fresh ? { prompt: 'login', max_age: '0' } : {}),
  profile: (claims) => openIdProfile(claims),
};
