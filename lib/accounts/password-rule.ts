// The rule for a new password (NIST SP 800-63B, section 5.1.1.2): long enough, and not one that everybody tries first.

import { dictionary } from '@zxcvbn-ts/language-common';
import { LatchkeyError } from './errors.js';

/** Characters. */
export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

/** The list of zxcvbn-ts, some fifty thousand, the commonest first. */
let common: ReadonlySet<string> | undefined;

/** Letter case makes none of them rarer. */
function isCommonPassword(password: string): boolean {
  common ??= new Set(dictionary['passwords-common']);
  return common.has(password.toLowerCase());
}

/** Undefined for one that will do. */
export type PasswordFault = 'too_short' | 'too_long' | 'too_common' | undefined;

export function passwordFault(password: string): PasswordFault {
  const length = [...password].length;
  if (length < MIN_PASSWORD_LENGTH) return 'too_short';
  if (password.length > MAX_PASSWORD_LENGTH) return 'too_long';
  return isCommonPassword(password) ? 'too_common' : undefined;
}

/** Asked for by BIO.RE's document besides: upper case, lower case and a digit. */
export function isComposed(password: string): boolean {
  return /\p{Lu}/u.test(password) && /\p{Ll}/u.test(password) && /\p{Nd}/u.test(password);
}

/** @throws LatchkeyError `password_too_common`; `validation_failed` for one of another length, which a door should have refused */
export function assertGoodPassword(password: string): void {
  const fault = passwordFault(password);
  if (fault === 'too_common') throw new LatchkeyError('password_too_common');
  if (fault !== undefined) throw new LatchkeyError('validation_failed', { message: `Password ${fault.replace('_', ' ')}` });
}
