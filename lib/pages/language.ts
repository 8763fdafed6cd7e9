// Which language a page is in: the user's, else what the browser asks for.

import { localeOf, readsSimplifiedChinese } from '../support/simplified-chinese.js';
import type { PageLanguage } from './page.js';

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

function languageOf(tag: string): PageLanguage | undefined {
  if (readsSimplifiedChinese(tag)) return 'zh-CN';
  return tag === '*' || localeOf(tag)?.language === 'en' ? 'en' : undefined;
}

/** RFC 9110, section 12.5.4: by weight, then by order; a language that we do not speak gives way to the next. */
function negotiated(header: string): PageLanguage | undefined {
  const ranges = header
    .split(',', MAX_RANGES)
    .map(rangeOf)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  // Browsers send `zh-TW,zh;q=0.9,en;q=0.8`: that `zh` stands for the Chinese before it, not for Simplified.
  const traditional = ranges.findIndex(({ tag }) => localeOf(tag)?.maximize().script === 'Hant');
  const meant = ranges.filter(({ tag }, at) => traditional === -1 || at < traditional || tag.toLowerCase() !== 'zh');
  return meant.map(({ tag }) => languageOf(tag)).find((language) => language !== undefined);
}

/**
 * The user's stored language decides wherever it is one, ours or not; an empty, unknown or malformed one leaves it to the
 * `Accept-Language` header. Whoever asks for nothing that we speak reads English.
 */
export function pageLanguage(userLanguage: string | undefined, acceptLanguage: string | undefined): PageLanguage {
  const own = localeOf(userLanguage ?? '')?.language;
  if (userLanguage !== undefined && own !== undefined && own !== 'und') return readsSimplifiedChinese(userLanguage) ? 'zh-CN' : 'en';
  return negotiated(acceptLanguage ?? '') ?? 'en';
}
