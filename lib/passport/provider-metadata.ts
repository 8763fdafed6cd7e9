// What is believed of a discovery document: the issuer must be ours, every endpoint private on the wire.

import { isLoopbackHost, isSecure } from '../../config/web-address.js';

/** The part of OpenID Connect Discovery 1.0, section 3 that is used; endpoints in WHATWG's normal form. */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly userInfoEndpoint: string | undefined;
  /** RFC 8414, section 2. */
  readonly revocationEndpoint: string | undefined;
  /** OpenID Connect RP-Initiated Logout 1.0, section 2.1. */
  readonly endSessionEndpoint: string | undefined;
  /** `undefined`: the provider announces nothing, which means `client_secret_basic`. */
  readonly tokenEndpointAuthMethods: readonly unknown[] | undefined;
  /** RFC 9207, section 3. */
  readonly announcesIss: boolean;
}

type Document = Readonly<Record<string, unknown>>;

/** Plain http is believed only of a provider that is on this machine itself: a public one has no business on our loopback. */
function readEndpoint(name: string, value: unknown, issuer: URL): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const allowed =
    url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isSecure(url) && isLoopbackHost(issuer.hostname)));
  if (!allowed || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new Error(`${name} is not an address that may be used`);
  return url.href;
}

/** Every endpoint the document names, those that are not used included: a document with a bad one is not from a careful provider. */
function readEndpoints(document: Document, issuer: URL): ReadonlyMap<string, string> {
  const named = Object.entries(document).filter(([name, value]) => (name.endsWith('_endpoint') || name === 'jwks_uri') && value != null);
  return new Map(named.map(([name, value]) => [name, readEndpoint(name, value, issuer)]));
}

function required(endpoints: ReadonlyMap<string, string>, name: string): string {
  const endpoint = endpoints.get(name);
  if (endpoint === undefined) throw new Error(`${name} is missing`);
  return endpoint;
}

/**
 * Reads a discovery document (OpenID Connect Discovery 1.0, section 4.3).
 * @throws Error when its issuer is another, or an endpoint is missing or neither https nor loopback
 */
export function readMetadata(document: Document, issuer: string): ProviderMetadata {
  if (document.issuer !== issuer) throw new Error('the discovered issuer is not the configured one');
  const endpoints = readEndpoints(document, new URL(issuer));
  const authMethods = document.token_endpoint_auth_methods_supported;
  return {
    issuer,
    authorizationEndpoint: required(endpoints, 'authorization_endpoint'),
    tokenEndpoint: required(endpoints, 'token_endpoint'),
    jwksUri: required(endpoints, 'jwks_uri'),
    userInfoEndpoint: endpoints.get('userinfo_endpoint'),
    revocationEndpoint: endpoints.get('revocation_endpoint'),
    endSessionEndpoint: endpoints.get('end_session_endpoint'),
    tokenEndpointAuthMethods: Array.isArray(authMethods) ? authMethods : undefined,
    announcesIss: document.authorization_response_iss_parameter_supported === true,
  };
}
