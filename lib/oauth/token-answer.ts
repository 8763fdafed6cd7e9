// A token answer before the library judges it, which refuses the whole for a member that nobody needs.

import { optional } from '../providers/optional.js';

/** RFC 6749, section 5.1 and OpenID Connect Core 1.0, section 3.1.3.3: these are read, and so every one of them is checked. */
const CHECKED = ['access_token', 'token_type', 'id_token'] as const;

/** These are read where they say something. Whatever else stands there (`scope`, …) is of no use here. */
const OPTIONAL = ['refresh_token', 'error', 'error_description'] as const;

type Members = Readonly<Record<string, unknown>>;

export interface TokenAnswer {
  /** The members that are used, unchecked; none where the body is no object. */
  readonly members: Members;
  /** `expires_in`, of which the library need know nothing. */
  readonly expiresIn: unknown;
  /** The same for the library. A failure, and what is no object, are as they came. */
  response(): Response;
}

function usedMembers(body: object): Members {
  const given = new Map<string, unknown>(Object.entries(body));
  const members = [
    ...CHECKED.map((name) => [name, given.get(name)] as const),
    ...OPTIONAL.map((name) => [name, optional(given.get(name))] as const),
  ];
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function readTokenAnswer(response: Response): Promise<TokenAnswer> {
  const text = await response.text();
  const body = parseJson(text);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const members = isObject ? usedMembers(body) : {};
  const judged = isObject && response.status === 200 ? JSON.stringify(members) : text;
  const { status, headers } = response;
  const expiresIn = isObject ? new Map<string, unknown>(Object.entries(body)).get('expires_in') : undefined;
  return { members, expiresIn, response: () => new Response(judged === '' ? null : judged, { status, headers }) };
}
