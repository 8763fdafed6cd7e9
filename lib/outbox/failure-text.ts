// What may be written down about a failure: mail servers like to repeat the address.

const MAX_LENGTH = 500;

/** The error's code and message on one line, every address replaced, at most 500 characters. */
export function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : 'Unknown error';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${message}`
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]')
    .slice(0, MAX_LENGTH);
}
