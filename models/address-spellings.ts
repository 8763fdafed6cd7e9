// How a host may have written an address that it keeps as it was typed: candidates for its index, not yet an answer.

import { domainToUnicode } from 'node:url';
import { normalEmail } from '../lib/accounts/keys.js';

/** SQLite, and PostgreSQL in its C locale, lower the letters of ASCII alone: capitals of other alphabets stay capitals there. */
const withCapitals = (text: string) => text.replace(/\P{ASCII}/gu, capital);

/** One letter for one: `ß` has a capital of its own. */
function capital(letter: string): string {
  const upper = letter === 'ß' ? 'ẞ' : letter.toUpperCase();
  return [...upper].length === 1 ? upper : letter;
}

/** As people write it: the normal form has one sigma, and their language another at the end of a word. */
const withFinalSigmas = (text: string) => text.replace(/σ(?!\p{L})/gu, 'ς');

const each = (text: string) => [text, withFinalSigmas(text), withCapitals(text)];

/** The text itself first. Each is compared with the column, and with its lower case. */
export function spellingsOf(typed: string): readonly string[] {
  const normal = normalEmail(typed);
  const at = normal.lastIndexOf('@') + 1;
  const domain = normal.slice(at);
  const domains = [domain, ...each(domainToUnicode(domain) || domain)];
  const spellings = each(normal.slice(0, at)).flatMap((local) => domains.map((end) => local + end));
  return [...new Set([typed, ...spellings, ...spellings.map((spelling) => spelling.normalize('NFD'))])];
}
