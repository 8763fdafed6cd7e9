// Other ways to write a name, each simpler than the one before, for a table that does not take the name as it is.

import { randomInt } from 'node:crypto';

/** By what people see as one, so that no letter loses its accent and no emoji its half. */
const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** MySQL and PostgreSQL count characters, and some hosts what JavaScript counts: the longer count must fit. */
function cut(name: string, length: number): string {
  let kept = '';
  for (const { segment } of letters.segment(name)) {
    if ((kept + segment).length > length) break;
    kept += segment;
  }
  return kept.trim();
}

const tidy = (name: string) => name.replace(/\s+/g, ' ').trim();
/** What utf8mb3 has: the Basic Multilingual Plane. */
const basic = (name: string) => tidy(name.replace(/[\u{10000}-\u{10ffff}]|\u200d|\ufe0f/gu, ''));
const latin1 = (name: string) => tidy(name.normalize('NFC').replace(/[^\x20-\x7e\xa0-\xff]/g, ''));
const ascii = (name: string) => tidy(name.normalize('NFKD').replace(/[^\x20-\x7e]/g, ''));
const slug = (name: string) =>
  ascii(name)
    .toLowerCase()
    .replace(/[^a-z\d]/g, '');

/** Says nothing of anybody, and is hardly taken. */
function anyName(): string {
  return `user${randomInt(100_000, 1_000_000)}`;
}

const LONG = 50;
const SHORT = 20;
const VERY_SHORT = 12;
/** Hosts ask for so many letters of a user name. */
const ENOUGH = 3;

/** Down to the letters that a column's character set may lack; the last says nothing of the person. */
export function inFewerCharacters(name: string): readonly string[] {
  return distinct(name, [basic(name), latin1(name), ascii(name), anyName()]);
}

/** Down to what every rule for user names takes. @param length how many characters the column takes, where that is known */
export function inFewerRules(name: string, length: number): readonly string[] {
  const plain = slug(name);
  const user = cut(anyName(), length);
  const handles = plain.length < ENOUGH ? [] : [cut(plain, SHORT), cut(plain, VERY_SHORT)];
  return distinct(name, [cut(name, length), cut(name, LONG), cut(basic(name), LONG), cut(ascii(name), SHORT), ...handles, user]);
}

/** Shorter and shorter. */
export function inFewerLetters(name: string, length: number): readonly string[] {
  return distinct(
    name,
    [length, LONG, SHORT, VERY_SHORT, 8].map((most) => cut(name, most)),
  ).filter((shorter) => shorter.length < name.length);
}

/** Somebody else has it: with a number behind it, of as many characters as its column takes. */
export function withNumber(name: string, length: number): string {
  const number = String(randomInt(1_000, 1_000_000));
  const separator = /^[a-z\d]*$/.test(name) ? '' : ' ';
  return `${cut(name, length - number.length - 1)}${separator}${number}`.trim();
}

function distinct(name: string, others: readonly string[]): readonly string[] {
  return [...new Set(others)].filter((other) => other !== '' && other !== name);
}
