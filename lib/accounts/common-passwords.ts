// The passwords that everybody tries first: the list of zxcvbn-ts, some fifty thousand, the commonest first.

import { dictionary } from '@zxcvbn-ts/language-common';

let common: ReadonlySet<string> | undefined;

/** Letter case makes none of them rarer. */
export function isCommonPassword(password: string): boolean {
  common ??= new Set(dictionary['passwords-common']);
  return common.has(password.toLowerCase());
}
