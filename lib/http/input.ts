// Input is checked once, at the route; the first mistake is reported in Cloudreve's words.

import type { z } from 'zod';
import { LatchkeyError } from '../accounts/errors.js';

/** `session_id` is `SessionID` to a client that shows the message. */
function label(path: readonly PropertyKey[]): string {
  const name = String(path[0] ?? '');
  if (name === 'nick') return 'Nickname';
  return name
    .split('_')
    .map((word) => (word === 'id' ? 'ID' : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

function messageOf(issue: z.core.$ZodIssue): string | undefined {
  const field = label(issue.path);
  if (field === '') return undefined;
  if (issue.input === undefined) return `${field} cannot be empty`;
  if (issue.code === 'too_small') return issue.minimum === 1 ? `${field} cannot be empty` : `${field} too short`;
  if (issue.code === 'too_big') return `${field} too long`;
  return `${field} format error`;
}

/** @throws LatchkeyError `validation_failed` */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const message = issue === undefined ? undefined : messageOf(issue);
  throw new LatchkeyError('validation_failed', { ...(message === undefined ? {} : { message }), cause: result.error });
}
