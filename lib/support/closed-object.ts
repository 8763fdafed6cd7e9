// Objects in which an unknown key is a mistake, so that a typo does not pass in silence.

import { z } from 'zod';
import { type Mistake, pathText } from './configuration-error.js';

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...a].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word that was probably meant; `undefined` when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Nothing that long is a typo of ours, and the distance costs the product of the lengths.
  if (word.length > 64) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.far - other.far);
  const best = ranked[0];
  return best !== undefined && best.far <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

function unknownKeyText(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined ? `unknown key, expected one of ${known.join(', ')}` : `unknown key, did you mean "${meant}"?`;
}

/** An object with these keys and no others; the message for unknown keys has one line for each of them. */
export function closedObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKeyText(key, known)).join('\n') : 'expected an object',
  });
}

/**
 * zod's issues as ours. Every message is one that our schemas wrote: zod's own could quote a value.
 * @param prefix where in the settings the checked part stands
 */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): readonly Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [{ path: pathText(path), expected: issue.message }];
    const lines = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path: pathText([...path, key]), expected: lines[index] ?? 'unknown key' }));
  });
}
