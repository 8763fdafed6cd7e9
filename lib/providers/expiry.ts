// When an access token is over, as its provider says.

/** Of `expires_in` (RFC 6749, section 5.1), which some send as a text; nothing for what is no number of seconds. */
export function expiryOf(expiresIn: unknown): { readonly expiresAt?: number } {
  const seconds = typeof expiresIn === 'string' && expiresIn !== '' ? Number(expiresIn) : expiresIn;
  const isOne = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 && seconds < 1e10;
  return isOne ? { expiresAt: Date.now() + Math.round(seconds * 1000) } : {};
}
