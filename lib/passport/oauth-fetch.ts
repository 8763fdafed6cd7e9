// The way to a provider that may call its answer anything: no redirects, at most 1 MiB, and over when the signal says so.

import type { Ask, Credentials, ProviderRequest } from '../providers/oauth-provider.js';
import { isJsonType, MAX_BODY } from './capped-fetch.js';

const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

function authorization(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token}`;
  const pair = `${formEncode(credentials.id)}:${formEncode(credentials.secret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** What the endpoint's own query says stays, but cannot replace ours. */
function addressOf({ endpoint, query = {} }: ProviderRequest): URL {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** Counted after decompression; leaving the loop ends the download. */
async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY) throw new Error(`the body is larger than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
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
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new Error(`redirected with status ${response.status}, which is never followed`);
    }
    return { status: response.status, isJson: isJsonType(response.headers.get('content-type')), text: await readCapped(response) };
  };
}
