// openid-client as we use it: its checks, and none of what it would decide by itself.

import {
  allowInsecureRequests,
  type ClientAuth,
  type ClientMetadata,
  Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  enableNonRepudiationChecks,
  type ServerMetadata,
} from 'openid-client';
import { CLOCK_SKEW, SIGNING_ALGORITHMS } from './id-token-rules.js';
import type { ProviderMetadata } from './provider-metadata.js';

/** The algorithms are ours, so that the provider can neither widen them nor, changing its keys, lock everybody out for an hour. */
export function serverMetadata(metadata: ProviderMetadata): ServerMetadata {
  const { userInfoEndpoint, revocationEndpoint, endSessionEndpoint } = metadata;
  return {
    issuer: metadata.issuer,
    authorization_endpoint: metadata.authorizationEndpoint,
    token_endpoint: metadata.tokenEndpoint,
    jwks_uri: metadata.jwksUri,
    id_token_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
    userinfo_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
    ...(userInfoEndpoint === undefined ? {} : { userinfo_endpoint: userInfoEndpoint }),
    ...(revocationEndpoint === undefined ? {} : { revocation_endpoint: revocationEndpoint }),
    ...(endSessionEndpoint === undefined ? {} : { end_session_endpoint: endSessionEndpoint }),
  };
}

/** One for each call of ours: the library ties its fetch to it, and ours carries the deadline of that call. */
export function configuration(clientId: string, metadata: ProviderMetadata, authentication: ClientAuth, fetch: CustomFetch): Configuration {
  const client: Partial<ClientMetadata> = { [clockTolerance]: CLOCK_SKEW };
  const made = new Configuration(serverMetadata(metadata), clientId, client, authentication);
  made[customFetch] = fetch;
  made.timeout = 0; // The deadline is the fetch's: one for all calls, where the library would give each call its own.
  allowInsecureRequests(made); // The fetch keeps plain http to loopback; the library knows only all or nothing.
  enableNonRepudiationChecks(made); // Without this a forged signature passes.
  return made;
}
