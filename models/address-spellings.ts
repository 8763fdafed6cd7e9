// How a host may have written an address that it keeps as it was typed: candidates for its index, not yet an answer.

import { domainToUnicode } from 'node:url';
import { normalEmail } from '../lib/accounts/keys.js';

/** SQLite, and PostgreSQL in its C locale, lower the letters of ASCII alone: capitals of other alphabets stay capitals there. */
const withCapitals = (text: string) => text.toUpperCase().replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const both = (text: string) => [text, withCapitals(text)];

/** The text itself first. Each is compared with the column, and with its lower case. */
export function spellingsOf(typed: string): readonly string[] {
  const normal = normalEmail(typed);
  const at = normal.lastIndexOf('@') + 1;
  const domain = normal.slice(at);
  const domains = [domain, ...both(domainToUnicode(domain) || domain)];
  const spellings = both(normal.slice(0, at)).flatMap((local) => domains.map((end) => local + end));
  return [...new Set([typed, ...spellings, ...spellings.map((spelling) => spelling.normalize('NFD'))])];
}
