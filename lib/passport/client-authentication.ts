// How we prove to the token endpoint who we are.

import { type ClientAuth, ClientSecretPost } from 'openid-client';
import type { OpenIdConfig } from '../providers/provider.js';
import { basicAuthorization } from './basic-authorization.js';
import { createClientSecretJwt } from './client-secret-jwt.js';
import type { ProviderMetadata } from './provider-metadata.js';

/** Made anew for each finish, because a secret may have an end. */
export type ClientAuthentication = (metadata: ProviderMetadata) => Promise<ClientAuth>;

/**
 * RFC 6749, section 2.3.1. openid-client encodes `-`, `_` and `.` too, which providers that forget to decode then refuse;
 * the form encoding proper leaves them alone.
 */
function clientSecretBasic(clientSecret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    headers.set('authorization', basicAuthorization(client.client_id, clientSecret));
  };
}

/** Basic where the provider takes it or says nothing (OpenID Connect Core 1.0, section 9), else in the body. */
function takesBasic({ tokenEndpointAuthMethods: methods }: ProviderMetadata): boolean {
  return methods === undefined || methods.includes('client_secret_basic');
}

/** Apple's secret is signed and goes in the body, whatever is announced; any other is the configured one. */
export function createClientAuthentication(config: OpenIdConfig): ClientAuthentication {
  if (config.type === 'apple') {
    const secret = createClientSecretJwt(config);
    return async () => ClientSecretPost(await secret());
  }
  const { clientSecret } = config;
  return async (metadata) => (takesBasic(metadata) ? clientSecretBasic(clientSecret) : ClientSecretPost(clientSecret));
}
