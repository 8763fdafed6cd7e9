// The plain values of the configuration, each with one message that says what was expected and quotes nothing.

import { z } from 'zod';

export function flag() {
  return z.boolean({ error: 'expected true or false' });
}

const TEXT = 'expected a non-empty string without spaces at its ends or control characters';

/** Ids and secrets: a line break that was pasted along would only show as a refusal at the provider. */
export function text() {
  return z.string({ error: TEXT }).refine((value) => value !== '' && value === value.trim() && !/\p{Cc}/u.test(value), { error: TEXT });
}

const NAME = 'expected a name of 1 to 100 characters on one line';

/** What people read on pages and in the subject of a mail. */
export function name() {
  return z.string({ error: NAME }).refine((value) => value.trim() !== '' && value.length <= 100 && !/[\p{Cc}\u2028\u2029]/u.test(value), {
    error: NAME,
  });
}

const POSITIVE = 'expected a positive whole number';

export function positiveInteger() {
  return z.int({ error: POSITIVE }).min(1, { error: POSITIVE });
}
