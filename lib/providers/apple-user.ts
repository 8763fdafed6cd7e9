// The name in Apple's `user` field. The browser carries it unsigned, so anybody may have written it: it decides nothing.

const MAX_PART = 100;

/** Control characters, halves of surrogate pairs, and what breaks a line or turns the direction of the text around it. */
const UNWANTED = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function part(value: unknown): string {
  return typeof value === 'string' ? [...value.replace(UNWANTED, '').trim()].slice(0, MAX_PART).join('').trim() : '';
}

/**
 * First and last name, each cut to 100 characters; `undefined` where there is none. The address in the same field is
 * never read: only the ID token's is signed.
 * @param user JSON text, `{"name":{"firstName","lastName"},"email"}`
 */
export function nameOfAppleUser(user: string | undefined): string | undefined {
  const parsed = user === undefined ? undefined : parseJson(user);
  const name = isRecord(parsed) ? parsed.name : undefined;
  if (!isRecord(name)) return undefined;
  const parts = [part(name.firstName), part(name.lastName)].filter((text) => text !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
}
