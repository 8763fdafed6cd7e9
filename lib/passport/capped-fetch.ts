// The only way to a provider: no redirects, JSON or a JWT only, at most 1 MiB, and over when the signal says so.

import type { CustomFetch } from 'openid-client';
import { isSecure } from '../../config/web-address.js';
import { assertNotRedirected, readCapped } from './capped-body.js';

/** Statuses that `new Response` takes no body for (Fetch, "null body status"). */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/** The media type alone, in lower case (RFC 9110, section 8.3.1); empty for none. */
const mediaType = (contentType: string | null) => contentType?.split(';')[0]?.trim().toLowerCase() ?? '';

/** openid-client reads well-formed JSON whatever the content type says, so the type is checked here. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json$/.test(mediaType(contentType));
}

/** What a signed userinfo calls itself (OpenID Connect Core 1.0, section 5.3.2). Whoever else answers with it is not understood. */
export const JWT_TYPE = 'application/jwt';

/** A fetch for calls that share one deadline. Of the headers only the content type is handed on. */
export function cappedFetch(signal: AbortSignal): CustomFetch {
  return async (url, { method, headers, body }) => {
    if (!isSecure(new URL(url))) throw new Error('plain http is for loopback hosts only');
    const response = await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal });
    await assertNotRedirected(response);
    const bytes = await readCapped(response, signal);
    const contentType = response.headers.get('content-type');
    const type = mediaType(contentType);
    // A revocation is answered by an empty body, which is of no type.
    if (response.status === 200 && bytes.length > 0 && !isJsonType(contentType) && type !== JWT_TYPE)
      throw new Error('the content type is not JSON');
    return new Response(WITHOUT_BODY.includes(response.status) ? null : bytes, {
      status: response.status,
      headers: type === '' ? {} : { 'content-type': type },
    });
  };
}
