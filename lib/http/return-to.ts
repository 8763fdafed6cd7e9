// Where a person goes on after a flow: a path on this origin, and nowhere else.

/** Characters, percent-encoded: the record of a flow has room for 4 KiB, half of which is for a strategy of the host's own. */
const LONGEST = 512;

/**
 * The path that `value` names on `baseUrl`, or `/`. Read the way a browser reads a `Location` (WHATWG URL): tabs and line ends
 * vanish, and a backslash is a slash, so that a check of the text alone would let other origins pass.
 */
export function safeReturnTo(value: unknown, baseUrl: string): string {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > LONGEST || !URL.canParse(value, baseUrl)) return '/';
  const { origin, username, password, pathname, search, hash } = new URL(value, baseUrl);
  const path = `${pathname}${search}${hash}`;
  // `/.//evil.example` is a path here, but what is left of it would be an address of its own.
  const isPath = origin === baseUrl && username === '' && password === '' && !path.startsWith('//');
  return isPath && path.length <= LONGEST ? path : '/';
}
