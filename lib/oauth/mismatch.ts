// Two values that should be one: the operator reads both in the log, and nobody else does.

import type { Difference } from '../accounts/errors.js';

/** The found one may be anybody's text. */
const MAX_LENGTH = 200;

const shown = (value: unknown) => (typeof value === 'string' ? value : String(JSON.stringify(value))).slice(0, MAX_LENGTH);

/** An answer does not hold because it names another than the configuration does. */
export class Mismatch extends Error {
  readonly difference: Difference;

  constructor(message: string, { configured, found }: { readonly configured: unknown; readonly found: unknown }) {
    super(message);
    this.difference = { configured: shown(configured), found: shown(found) };
  }
}
