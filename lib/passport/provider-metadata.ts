// What is believed of a discovery document: the issuer must be ours, every endpoint private on the wire.

import { isLoopbackHost, isSecure } from '../../config/web-address.js';
import { optional } from '../providers/optional.js';

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

/** What a provider may leave out. Which of them are asked depends on the configuration. */
export type OptionalEndpoint = 'userinfo_endpoint' | 'revocation_endpoint' | 'end_session_endpoint';

export interface MetadataOptions {
  /** As configured. */
  readonly issuer: string;
  /** Where an endpoint that nobody asks is no address that may be used, it counts as left out. */
  readonly used: readonly OptionalEndpoint[];
}

function required(document: Document, name: string, issuer: URL): string {
  const value = optional(document[name]);
  if (value === undefined) throw new Error(`${name} is missing`);
  return readEndpoint(name, value, issuer);
}

function optionalEndpoint(document: Document, name: OptionalEndpoint, { issuer, used }: MetadataOptions): string | undefined {
  const value = optional(document[name]);
  if (value === undefined) return undefined;
  try {
    return readEndpoint(name, value, new URL(issuer));
  } catch (error) {
    if (used.includes(name)) throw error;
    return undefined;
  }
}

/**
 * Reads a discovery document (OpenID Connect Discovery 1.0, section 4.3). Members that are not read may say anything.
 * @throws Error when its issuer is another, or an endpoint that is used is missing or neither https nor loopback
 */
export function readMetadata(document: Document, options: MetadataOptions): ProviderMetadata {
  const { issuer } = options;
  if (document.issuer !== issuer) throw new Error('the discovered issuer is not the configured one');
  const url = new URL(issuer);
  const authMethods = document.token_endpoint_auth_methods_supported;
  return {
    issuer,
    authorizationEndpoint: required(document, 'authorization_endpoint', url),
    tokenEndpoint: required(document, 'token_endpoint', url),
    jwksUri: required(document, 'jwks_uri', url),
    userInfoEndpoint: optionalEndpoint(document, 'userinfo_endpoint', options),
    revocationEndpoint: optionalEndpoint(document, 'revocation_endpoint', options),
    endSessionEndpoint: optionalEndpoint(document, 'end_session_endpoint', options),
    tokenEndpointAuthMethods: Array.isArray(authMethods) && authMethods.length > 0 ? authMethods : undefined,
    announcesIss: document.authorization_response_iss_parameter_supported === true,
  };
}
