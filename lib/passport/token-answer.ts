// A token answer before the library reads it, which refuses the whole for a member that nobody needs.

import { optional } from '../providers/optional.js';

/** RFC 6749, section 5.1 and OpenID Connect Core 1.0, section 3.1.3.3: these are read, and so every one of them is checked. */
const CHECKED = ['access_token', 'token_type', 'id_token'] as const;

/** These are read where they say something. Whatever else stands there (`scope`, `expires_in`, …) is of no use here. */
const OPTIONAL = ['refresh_token', 'error'] as const;

function usedMembers(body: object): object {
  const given = new Map<string, unknown>(Object.entries(body));
  const members = [
    ...CHECKED.map((name) => [name, given.get(name)] as const),
    ...OPTIONAL.map((name) => [name, optional(given.get(name))] as const),
  ];
  return Object.fromEntries(members);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same answer with the members that are used. A failure, and what is no object, stay as they are. */
export async function usedTokenAnswer(response: Response): Promise<Response> {
  if (response.status !== 200) return response;
  const text = await response.text();
  const body = parseJson(text);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return new Response(isObject ? JSON.stringify(usedMembers(body)) : text, { headers: response.headers });
}
