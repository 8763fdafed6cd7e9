// The way to an OpenID provider, in the form its library wants: JSON or a JWT only.

import type { CustomFetch } from 'openid-client';
import type { HttpClient } from './http-client.js';

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

/** @throws TypeError for what no endpoint of ours is asked with */
function formOf(body: unknown): URLSearchParams | undefined {
  if (body === undefined || body === null) return undefined;
  if (body instanceof URLSearchParams) return body;
  throw new TypeError('Providers are asked with forms only');
}

/** A fetch for calls that share one deadline. Of the headers only the content type is handed on. */
export function cappedFetch(http: HttpClient, signal: AbortSignal): CustomFetch {
  return async (url, { method, headers, body: asked }) => {
    // What OpenID Connect asks by GET changes nothing.
    const call = { method, headers, form: formOf(asked), isRepeatable: method === 'GET', signal };
    const { status, contentType, body } = await http(new URL(url), call);
    const type = mediaType(contentType);
    // A revocation is answered by an empty body, which is of no type.
    if (status === 200 && body.length > 0 && !isJsonType(contentType) && type !== JWT_TYPE) throw new Error('the content type is not JSON');
    return new Response(WITHOUT_BODY.includes(status) ? null : body, { status, headers: type === '' ? {} : { 'content-type': type } });
  };
}
