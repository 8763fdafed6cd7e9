// The only way to a provider: no redirects, JSON only, at most 1 MiB, and over when the signal says so.

import type { CustomFetch } from 'openid-client';
import { isSecure } from '../../config/web-address.js';

/** Bytes, counted after decompression. */
export const MAX_BODY = 1024 * 1024;

/** Statuses that `new Response` takes no body for (Fetch, "null body status"). */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/** Stops in the middle of the stream, so that an endless body costs no more memory than the cap. */
async function readCapped(response: Response, signal: AbortSignal): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const reader = response.body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.byteLength;
      if (size > MAX_BODY) throw new Error(`the body is larger than ${MAX_BODY} bytes`);
      chunks.push(part.value);
    }
    signal.throwIfAborted();
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** openid-client reads well-formed JSON whatever the content type says, so the type is checked here. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json$/i.test(contentType?.split(';')[0]?.trim() ?? '');
}

/** A fetch for calls that share one deadline. Of the headers only the content type is handed on. */
export function cappedFetch(signal: AbortSignal): CustomFetch {
  return async (url, { method, headers, body }) => {
    if (!isSecure(new URL(url))) throw new Error('plain http is for loopback hosts only');
    const response = await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new Error(`redirected with status ${response.status}, which is never followed`);
    }
    const bytes = await readCapped(response, signal);
    const contentType = response.headers.get('content-type');
    // A revocation is answered by an empty body, which is of no type.
    if (response.status === 200 && bytes.length > 0 && !isJsonType(contentType)) throw new Error('the content type is not JSON');
    return new Response(WITHOUT_BODY.includes(response.status) ? null : bytes, {
      status: response.status,
      headers: contentType === null ? {} : { 'content-type': contentType },
    });
  };
}
