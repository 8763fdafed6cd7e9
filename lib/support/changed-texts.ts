// A host's own wording: a tree of texts, and of functions that make texts, which must match the built-in tree.

import type { Mistake } from './configuration-error.js';
import { pathText } from './configuration-error.js';

/** The same tree with any part of it left out. */
export type Changes<Texts> = {
  readonly [Key in keyof Texts]?: Texts[Key] extends (...given: never) => unknown
    ? Texts[Key]
    : Texts[Key] extends object
      ? Changes<Texts[Key]>
      : Texts[Key];
};

type Tree = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, string>> = { string: 'a text', function: 'a function that returns a text', object: 'an object' };

function changed(pattern: Tree, changes: unknown, path: readonly string[], mistakes: Mistake[], complete: boolean): Tree {
  if (typeof changes !== 'object' || changes === null) {
    mistakes.push({ path: pathText(path), expected: 'expected an object' });
    return pattern;
  }
  const given = changes as Tree;
  for (const key of Object.keys(given))
    if (!Object.hasOwn(pattern, key)) mistakes.push({ path: pathText([...path, key]), expected: 'there is no such text' });
  return Object.fromEntries(
    Object.entries(pattern).map(([key, ours]) => {
      const theirs = Object.hasOwn(given, key) ? given[key] : undefined;
      const here = [...path, key];
      if (theirs === undefined && !complete) return [key, ours];
      if (typeof ours === 'object' && theirs !== undefined) return [key, changed(ours as Tree, theirs, here, mistakes, complete)];
      if (typeof theirs !== typeof ours) mistakes.push({ path: pathText(here), expected: `expected ${KINDS[typeof ours] ?? typeof ours}` });
      return [key, theirs];
    }),
  );
}

/** `texts` with what `changes` say in its place; what is none of its texts, or of another kind, is a mistake. */
export function changedTexts<Texts extends object>(texts: Texts, changes: unknown, path: readonly string[], mistakes: Mistake[]): Texts {
  return changed(texts as unknown as Tree, changes, path, mistakes, false) as unknown as Texts;
}

/** `texts` where they say all that `pattern` says; what is missing is a mistake, too. */
export function completeTexts<Texts extends object>(pattern: Texts, texts: unknown, path: readonly string[], mistakes: Mistake[]): Texts {
  return changed(pattern as unknown as Tree, texts, path, mistakes, true) as unknown as Texts;
}
