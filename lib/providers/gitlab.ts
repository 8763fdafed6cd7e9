// GitLab, in its cloud or on one's own server: OpenID Connect; it sends refresh tokens without being asked.

import { issuer } from '../support/web-address.js';
import type { OrHosts } from './host.js';
import { byIssuer } from './issuers.js';
import { openIdProfile } from './openid-profile.js';
import type { OpenIdProvider } from './provider.js';
import type { OpenIdClientOptions } from './provider-options.js';
import { openIdClientOptions, type Shape, schemaOf } from './provider-schema.js';

/** GitLab; the application there must have the scopes `openid`, `profile` and `email`. */
export interface GitLabOptions extends OpenIdClientOptions {
  readonly type?: 'gitlab';
  /** The address of the server, which is its issuer identifier. Default `https://gitlab.com`. https, or http to a loopback host. */
  readonly issuer?: string;
}

export const gitlab: OpenIdProvider<OrHosts<GitLabOptions>> = {
  protocol: 'openid',
  names: { displayName: 'GitLab', genAuthType: 'gitlab' },
  idWasFree: true,
  schema(given) {
    const server = issuer().default('https://gitlab.com');
    return schemaOf({ ...openIdClientOptions(given), issuer: server } satisfies Shape<GitLabOptions>);
  },
  ...byIssuer,
  tellsAuthTime: true,
  /** A scope that it does not know would refuse the whole request. */
  scope: ({ scope = ['profile', 'email'] }) => scope.filter((one) => one !== 'offline_access'),
  /** Without `max_age`: of 0 it makes a second, and whoever takes longer from the password to here is asked again, without end. */
  authorizationParams: (_config, { fresh }) => (fresh ? { prompt: 'login' } : {}),
  profile: (claims) => openIdProfile(claims),
};
