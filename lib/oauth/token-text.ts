// What a token may be made of.

/**
 * RFC 6749, appendices A.12 and A.17. A header refuses other characters too, with an error that quotes the token.
 * @throws Error
 */
export function assertPrintable(...tokens: readonly string[]): void {
  if (!tokens.every((token) => /^[\x20-\x7e]+$/.test(token))) throw new Error('a token has characters that no token may have');
}
