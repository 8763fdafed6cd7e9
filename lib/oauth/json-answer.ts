// The answers of an OpenID provider, with the media types that the specifications require for each.

import type { HttpReply } from './http-client.js';

export type Members = Readonly<Record<string, unknown>>;

/** What a signed userinfo calls itself (OpenID Connect Core 1.0, section 5.3.2). */
export const JWT_TYPE = 'application/jwt';

/** The media type alone, in lower case (RFC 9110, section 8.3.1); empty for none. */
export const mediaType = (contentType: string | null) => contentType?.split(';')[0]?.trim().toLowerCase() ?? '';

export function isJsonType(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json$/.test(mediaType(contentType));
}

const UTF_8 = new TextDecoder();

export const textOf = ({ body }: HttpReply) => UTF_8.decode(body);

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of a JSON object; `undefined` for any other text. */
export function membersOf(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws Error for a body that calls itself something else */
export function assertJsonType({ contentType, body }: HttpReply): void {
  if (body.length > 0 && !isJsonType(contentType)) throw new Error('the content type is not JSON');
}

/** @throws Error for anything but a JSON object with status 200 */
export function jsonOf(reply: HttpReply, what: string): Members {
  if (reply.status !== 200) throw new Error(`${what} answered status ${reply.status}`);
  assertJsonType(reply);
  const members = membersOf(textOf(reply));
  if (members === undefined) throw new Error(`${what} answered no JSON object`);
  return members;
}
