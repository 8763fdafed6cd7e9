// The way to a provider that may call its answer anything.

import type { Ask, Credentials, ProviderRequest } from '../providers/oauth-service.js';
import { basicAuthorization } from './basic-authorization.js';
import { isJsonType } from './capped-fetch.js';
import type { HttpClient } from './http-client.js';

function authorization(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token}`;
  return basicAuthorization(credentials.id, credentials.secret);
}

/** What the endpoint's own query says stays, but cannot replace ours. */
function addressOf({ endpoint, query = {} }: ProviderRequest): URL {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

export interface Asking {
  /** One deadline for all calls. */
  readonly signal: AbortSignal;
  /** Default false: QQ's token request is a GET, too. */
  readonly isRepeatable?: boolean;
}

export function asking(http: HttpClient, { signal, isRepeatable = false }: Asking): Ask {
  return async (request) => {
    const { form, json, credentials } = request;
    const method = request.method ?? (form === undefined ? 'GET' : 'POST');
    const { status, contentType, body } = await http(addressOf(request), {
      method,
      headers: { accept: 'application/json', ...(credentials === undefined ? {} : { authorization: authorization(credentials) }) },
      form: form && new URLSearchParams(form),
      json,
      isRepeatable: isRepeatable && method === 'GET',
      signal,
    });
    return { status, isJson: isJsonType(contentType), text: new TextDecoder().decode(body) };
  };
}
