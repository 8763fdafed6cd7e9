// How we prove to the token endpoint who we are.

import { type ClientAuth, ClientSecretPost } from 'openid-client';
import type { ProviderMetadata } from './provider-metadata.js';

const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

/**
 * RFC 6749, section 2.3.1. openid-client encodes `-`, `_` and `.` too, which providers that forget to decode then refuse;
 * the form encoding proper leaves them alone.
 */
function clientSecretBasic(clientSecret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    const credentials = `${formEncode(client.client_id)}:${formEncode(clientSecret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  };
}

/** Basic where the provider takes it or says nothing (OpenID Connect Core 1.0, section 9), else in the body. */
export function clientAuthentication(metadata: ProviderMetadata, clientSecret: string): ClientAuth {
  const methods = metadata.tokenEndpointAuthMethods;
  return methods === undefined || methods.includes('client_secret_basic')
    ? clientSecretBasic(clientSecret)
    : ClientSecretPost(clientSecret);
}
