// The prefix of our paths in the addresses that people and providers see: of `app.use('/v2', …)`, or one that a proxy strips.

import { ConfigurationError, type Mistake } from '../support/configuration-error.js';

export interface Mount {
  /** Stands before every path of ours in public; empty, or begins with a slash and ends with none. */
  readonly prefix: string;
  /** The redirect URIs' path without the provider, below the prefix. */
  readonly callback: string;
}

export const DEFAULT_CALLBACK = '/callback/openid';

/** Nothing that Express would take for a pattern, and a path that no browser changes. */
const PLAIN_PATH = /^(?:\/[\w.~-]+)+$/;

const isPath = (path: unknown): path is string => typeof path === 'string' && PLAIN_PATH.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path);

/** @throws ConfigurationError */
export function createMount({ mount = '', callback = DEFAULT_CALLBACK }: { readonly mount?: string; readonly callback?: string }): Mount {
  const expected = 'expected a path of letters, digits, ".", "_", "~" and "-" that begins with a slash and ends with none, such as';
  const mistakes: Mistake[] = [
    ...(mount === '' || isPath(mount) ? [] : [{ path: 'paths.mount', expected: `${expected} "/v2"` }]),
    ...(isPath(callback) ? [] : [{ path: 'paths.callback', expected: `${expected} "${DEFAULT_CALLBACK}"` }]),
  ];
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return { prefix: mount, callback };
}
