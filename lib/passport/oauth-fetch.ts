// The way to a provider that may call its answer anything: no redirects, at most 1 MiB, and over when the signal says so.

import type { Ask, Credentials, ProviderRequest } from '../providers/oauth-provider.js';
import { basicAuthorization } from './basic-authorization.js';
import { assertNotRedirected, readCapped } from './capped-body.js';
import { isJsonType } from './capped-fetch.js';

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

/** For calls that share one deadline. */
export function askBefore(signal: AbortSignal): Ask {
  return async (request) => {
    const { form, credentials } = request;
    const response = await fetch(addressOf(request), {
      method: form === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...(credentials === undefined ? {} : { authorization: authorization(credentials) }) },
      body: form === undefined ? null : new URLSearchParams(form),
      redirect: 'manual',
      signal,
    });
    await assertNotRedirected(response);
    const text = new TextDecoder().decode(await readCapped(response, signal));
    return { status: response.status, isJson: isJsonType(response.headers.get('content-type')), text };
  };
}
