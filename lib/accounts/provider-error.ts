// What a provider calls its error in the redirect (RFC 6749, section 4.1.2.1): anybody can write such a link, so little of it is repeated.

/** The person said no: `access_denied`, and what Apple and others say for the same. */
export function isRefusal(error: string): boolean {
  return error === 'access_denied' || error.startsWith('user_cancelled');
}

/**
 * The code as a page may show it: letters and underscores, as every registered one is written, or a few digits, as QQ's are;
 * so that no link can put an address, a telephone number or a sentence there.
 */
export function shownError(error: string): string {
  return /^(?:[a-z]+(?:_[a-z]+){0,4}|\d{1,6})$/.test(error) && error.length <= 40 ? error : 'error';
}
