// Which parts of a discovery document are accepted: the issuer must be the configured one, and every endpoint must use https (or loopback).

import { optional } from '../providers/answers.js';
import { isForTenants, isTemplateOf } from '../providers/issuers.js';
import { isLoopbackHost, isSecure } from '../support/web-address.js';
import { Mismatch } from './provider-failure.js';

/** The part of OpenID Connect Discovery 1.0, section 3 that is used; endpoints in WHATWG's normal form. */
export interface ProviderMetadata {
  /** As discovered: the configured one, or the template for the issuers of its tenants. */
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
  readonly tokenEndpointAuthSigningAlgs: readonly unknown[] | undefined;
  /** RFC 9207, section 3. */
  readonly announcesIss: boolean;
  /** RFC 9449, section 5.1. */
  readonly offersDpop: boolean;
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
  /** Somebody has said whose people may come, so the issuer may be a template. */
  readonly forTenants: boolean;
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

const listed = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) && value.length > 0 ? value : undefined);

/** @throws Error, with both values where they differ */
function readIssuer(found: unknown, { issuer, forTenants }: MetadataOptions): string {
  if (found === issuer && !isForTenants(issuer)) return issuer;
  if (typeof found !== 'string' || !isForTenants(found) || !isTemplateOf(found, issuer))
    throw new Mismatch('the discovered issuer is not the configured one', { configured: issuer, found });
  if (!forTenants)
    throw new Mismatch('many tenants share this issuer: "tenants" has to list those whose people may sign in', {
      configured: issuer,
      found,
    });
  return found;
}

export const DPOP = 'the provider requires DPoP (RFC 9449), which is not supported';

/** What a provider may insist on, and we cannot do: members of its discovery document; `true` is the only value that insists. The last is no server's by the letter, but some say it. */
const INSISTENCE: Readonly<Record<string, string>> = {
  require_pushed_authorization_requests: 'the provider requires pushed authorization requests (RFC 9126), which are not supported',
  require_signed_request_object: 'the provider requires signed request objects (RFC 9101), which are not supported',
  dpop_bound_access_tokens: DPOP,
};

/** Told in the words of the specifications, before anybody is sent there. @throws Error */
function assertSupported(document: Readonly<Record<string, unknown>>): void {
  const reason = Object.entries(INSISTENCE).find(([name]) => document[name] === true)?.[1];
  if (reason !== undefined) throw new Error(reason);
}

/**
 * Reads a discovery document (OpenID Connect Discovery 1.0, section 4.3). Members that are not read may say anything.
 * @throws Error when its issuer is another, an endpoint that is used is missing or neither https nor loopback, or it insists on what we cannot do
 */
export function readMetadata(document: Document, options: MetadataOptions): ProviderMetadata {
  const issuer = readIssuer(document.issuer, options);
  assertSupported(document);
  const url = new URL(options.issuer);
  return {
    issuer,
    authorizationEndpoint: required(document, 'authorization_endpoint', url),
    tokenEndpoint: required(document, 'token_endpoint', url),
    jwksUri: required(document, 'jwks_uri', url),
    userInfoEndpoint: optionalEndpoint(document, 'userinfo_endpoint', options),
    revocationEndpoint: optionalEndpoint(document, 'revocation_endpoint', options),
    endSessionEndpoint: optionalEndpoint(document, 'end_session_endpoint', options),
    tokenEndpointAuthMethods: listed(document.token_endpoint_auth_methods_supported),
    tokenEndpointAuthSigningAlgs: listed(document.token_endpoint_auth_signing_alg_values_supported),
    announcesIss: document.authorization_response_iss_parameter_supported === true,
    offersDpop: listed(document.dpop_signing_alg_values_supported) !== undefined,
  };
}
