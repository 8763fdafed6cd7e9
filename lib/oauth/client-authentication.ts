// How we prove to the token endpoint who we are.

import { type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { assertionAlgorithms, readPrivateKey } from '../providers/client-proof.js';
import { openIdProvider } from '../providers/index.js';
import { isForTenants } from '../providers/issuers.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import type { TokenEndpointAuthMethod } from '../providers/provider-options.js';
import type { ProviderMetadata } from './provider-metadata.js';

/** Adds to the form what proves it, and gives the headers that do. */
export type ClientProof = (form: URLSearchParams) => Promise<Readonly<Record<string, string>>>;

/** Made anew for each finish, because a secret may have an end. */
export type ClientAuthentication = (metadata: ProviderMetadata) => Promise<ClientProof>;

/** Seconds: it is used at once, and clocks differ. */
const LIFETIME = 60;

interface AssertionOptions {
  /** The client secret as bytes, or the client's private key. */
  readonly key: Uint8Array | KeyObject;
  readonly alg: string;
  readonly clientId: string;
  /** Under which the provider knows the key. */
  readonly keyId: string | undefined;
  /** For whom it is: the provider alone, so that no other endpoint can use it. */
  readonly audience: string;
}

/** By a JWT that the client signs (RFC 7523, section 2.2; OpenID Connect Core 1.0, section 9). */
function clientAssertion({ key, alg, clientId, keyId, audience }: AssertionOptions): ClientProof {
  return async (form) => {
    const now = Math.floor(Date.now() / 1000);
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg, ...(keyId === undefined ? {} : { kid: keyId }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + LIFETIME)
      .sign(key);
    form.set('client_id', clientId);
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', assertion);
    return {};
  };
}

const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

/** The value of the `Authorization` header: client id and secret in HTTP Basic, form-encoded first (RFC 6749, section 2.3.1). */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64')}`;
}

/** RFC 6749, section 2.3.1. */
const bySecretInHeader =
  (clientId: string, clientSecret: string): ClientProof =>
  async () => ({ authorization: basicAuthorization(clientId, clientSecret) });

function bySecretInBody(clientId: string, clientSecret: string): ClientProof {
  return async (form) => {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
    return {};
  };
}

/** A public client says who it is, and nothing that would prove it (RFC 6749, section 3.2.1). */
function byNothing(clientId: string): ClientProof {
  return async (form) => {
    form.set('client_id', clientId);
    return {};
  };
}

/** What a secret is good for, in the order of our liking. */
const BY_SECRET = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'] as const;

/** The first that the provider takes: Basic where it says nothing (OpenID Connect Core 1.0, section 9), the body where it knows none. */
function announced({ tokenEndpointAuthMethods: methods }: ProviderMetadata): TokenEndpointAuthMethod {
  return methods === undefined ? 'client_secret_basic' : (BY_SECRET.find((method) => methods.includes(method)) ?? 'client_secret_post');
}

/** One that is for many tenants has no name of its own, but an address. */
const audienceOf = ({ issuer, tokenEndpoint }: ProviderMetadata) => (isForTenants(issuer) ? tokenEndpoint : issuer);

/** What the configuration has not checked cannot come here. */
function configured<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('The configuration has checked secret and key');
  return value;
}

function byAssertion({ clientId, clientSecret, privateKey, keyId, tokenEndpointAuthSigningAlg }: OpenIdConfig): ClientAuthentication {
  const able = assertionAlgorithms(privateKey);
  const key = privateKey === undefined ? new TextEncoder().encode(configured(clientSecret)) : configured(readPrivateKey(privateKey));
  return async (metadata) => {
    const known = metadata.tokenEndpointAuthSigningAlgs ?? [];
    const alg = tokenEndpointAuthSigningAlg ?? able.find((one) => known.includes(one)) ?? able[0];
    return clientAssertion({ key, alg: configured(alg), clientId, keyId, audience: audienceOf(metadata) });
  };
}

function by(method: TokenEndpointAuthMethod, config: OpenIdConfig): ClientAuthentication {
  const { clientId, clientSecret } = config;
  switch (method) {
    case 'none':
      return async () => byNothing(clientId);
    case 'private_key_jwt':
    case 'client_secret_jwt':
      return byAssertion(config);
    case 'client_secret_post':
      return async () => bySecretInBody(clientId, configured(clientSecret));
    case 'client_secret_basic':
      return async () => bySecretInHeader(clientId, configured(clientSecret));
  }
}

/** A secret that the provider's file makes goes in the body, whatever is announced; any other is the configured one. */
export function createClientAuthentication(config: OpenIdConfig): ClientAuthentication {
  const secret = openIdProvider(config).clientSecret?.(config);
  if (secret !== undefined) return async () => bySecretInBody(config.clientId, await secret());
  const { tokenEndpointAuthMethod } = config;
  if (tokenEndpointAuthMethod !== undefined) return by(tokenEndpointAuthMethod, config);
  return async (metadata) => by(announced(metadata), config)(metadata);
}
