// Which language a page is in: the user's, else one that the browser asks for.

import { languageFor, localeOf, USUAL_LANGUAGE } from '../support/languages.js';

/** A header may be 16 KiB long; nobody reads more languages than this. */
const MAX_RANGES = 20;

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

interface Range {
  readonly tag: string;
  readonly weight: number;
}

/** One entry of the header; what is malformed is not wanted at all. */
function rangeOf(entry: string): Range {
  const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim());
  const weight = parameters.length === 0 ? '1' : WEIGHT.exec(parameters[0] ?? '')?.[1];
  return { tag, weight: Number(weight ?? 0) };
}

/** Browsers send `zh-TW,zh;q=0.9,en;q=0.8`: that `zh` stands for the Chinese before it, not for Simplified. */
function standsForAnother({ tag }: Range, before: readonly Range[]): boolean {
  const bare = localeOf(tag);
  if (bare === undefined || tag.includes('-') || tag.includes('_')) return false;
  const { script } = bare.maximize();
  return before.some((other) => {
    const locale = localeOf(other.tag)?.maximize();
    return locale?.language === bare.language && locale.script !== script;
  });
}

/** RFC 9110, section 12.5.4: by weight, then by order; a language that nobody speaks here gives way to the next. */
function negotiated(header: string, known: readonly string[]): string | undefined {
  const ranges = header
    .split(',', MAX_RANGES)
    .map(rangeOf)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  const meant = ranges.filter((range, at) => !standsForAnother(range, ranges.slice(0, at)));
  return meant.map(({ tag }) => (tag === '*' ? USUAL_LANGUAGE : languageFor(tag, known))).find((language) => language !== undefined);
}

/**
 * The user's stored language decides wherever it is one, known or not; an empty or malformed one leaves it to the `Accept-Language`
 * header. Whoever asks for nothing that is known reads English.
 */
export function pageLanguage(userLanguage: string | undefined, acceptLanguage: string | undefined, known: readonly string[]): string {
  if (userLanguage !== undefined && localeOf(userLanguage) !== undefined) return languageFor(userLanguage, known) ?? USUAL_LANGUAGE;
  return negotiated(acceptLanguage ?? '', known) ?? USUAL_LANGUAGE;
}
