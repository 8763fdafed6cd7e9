// Turns any error at a provider into the one documented failure, without the contents of the answer.

import { type Difference, LatchkeyError } from '../accounts/errors.js';
import { GrantRefused } from '../providers/answers.js';

/** The found one may be anybody's text. */
const MAX_SHOWN = 200;

const shown = (value: unknown) => (typeof value === 'string' ? value : String(JSON.stringify(value))).slice(0, MAX_SHOWN);

/** An answer does not hold because it names another than the configuration does: the operator reads both in the log, and nobody else does. */
export class Mismatch extends Error {
  readonly difference: Difference;

  constructor(message: string, { configured, found }: { readonly configured: unknown; readonly found: unknown }) {
    super(message);
    this.difference = { configured: shown(configured), found: shown(found) };
  }
}

const MAX_CAUSES = 4;
const MAX_LENGTH = 500;

/** The protocol's own error codes (RFC 6749, section 5.2) and Node's: short words, never a token. */
const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);

/** What a provider calls its error, if that can be repeated. */
export function errorWord(error: unknown): string {
  return isWord(error) ? error : 'an error';
}

function codeOf(error: Error): string | undefined {
  const code = 'error' in error ? error.error : 'code' in error ? error.code : undefined;
  return isWord(code) ? code : undefined;
}

/** Only texts, no objects: the libraries hang whole answers, tokens included, on `cause`, and a SyntaxError quotes what it could not read. */
function describe(thrown: unknown): string {
  const texts: string[] = [];
  for (let error = thrown; error instanceof Error && texts.length < MAX_CAUSES; error = error.cause) {
    const message = error instanceof SyntaxError ? 'not JSON' : error.message;
    const code = codeOf(error);
    texts.push(code === undefined ? message : `${message} (${code})`);
  }
  return texts.join(': ').slice(0, MAX_LENGTH) || 'unknown reason';
}

/** A `provider_failed` for the log's reader: `step` says what was tried; a failure of the catalogue passes as it is. */
export function providerFailed(step: string, thrown?: unknown): LatchkeyError {
  if (thrown instanceof LatchkeyError) return thrown;
  if (thrown === undefined) return new LatchkeyError('provider_failed', { detail: step });
  const reason = describe(thrown);
  const difference = thrown instanceof Mismatch ? { difference: thrown.difference } : {};
  return new LatchkeyError('provider_failed', {
    detail: `${step}: ${reason}`,
    cause: thrown instanceof GrantRefused ? thrown : new Error(reason),
    ...difference,
  });
}
