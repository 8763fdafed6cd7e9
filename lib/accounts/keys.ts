// One normal form for values that the database must compare exactly, whatever its collation.

import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Identity } from './types.js';

const hex = (text: string) => createHash('sha256').update(text).digest('hex');

/** Byte for byte: `abc`, `ABC`, `ábc` and `abc ` are four subjects, and each is another one in another namespace. 64 hex digits. */
export function identityKey({ provider, namespace, subject }: Identity): string {
  return namespace === undefined ? subjectKey({ provider, subject }) : hex(`${provider}\n${namespace}\n${subject}`);
}

/** What the namespace does not change: as links were known before it was kept, and what seals a provider's tokens. */
export function subjectKey({ provider, subject }: Identity): string {
  return hex(`${provider}\n${subject}`);
}

/** RFC 5321, section 4.5.3.1.3: a path of 256 octets, without its angle brackets; what our own column holds, too. */
const MAX_LENGTH = 254;
/** Decomposed letters fold to fewer: nothing longer is worth folding. */
const MAX_UNFOLDED = 4 * MAX_LENGTH;

/** RFC 5322, section 3.2.3 with the letters of RFC 6532, and dots wherever people have them: providers do, too. */
const ATOMS = String.raw`[^\s\p{C}@<>()[\]\\,;:"]+`;
/** RFC 5322, section 3.2.4, without what would have to be escaped or looks like another address. */
const QUOTED = String.raw`"[^\p{C}\p{Zl}\p{Zp}@<>\\"]+"`;
/** Letters of any script, digits, hyphens, dots; a host on the own network has no dot, some have an underscore. */
const DOMAIN = String.raw`(?:[a-z\d._-]|[^\s\p{C}\x00-\x7f])+`;

const ADDRESS = new RegExp(`^(?:${ATOMS}|${QUOTED})@${DOMAIN}$`, 'iu');

/**
 * Unicode's simple case folding: letter by letter, so `ß` and `ss` stay two. A sigma is one letter wherever it stands in its word.
 * Lower case may make letters that combine anew, so they are composed before and after.
 */
const fold = (text: string) => text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');

/** RFC 5891: two spellings of one name in the DNS are one domain. What is no such name is compared as it is. */
function foldDomain(domain: string): string {
  // WHATWG's parser, behind the function, also decodes percents and numbers: a domain in ASCII is left to no parser.
  return /^\p{ASCII}*$/u.test(domain) ? domain : domainToASCII(domain) || domain;
}

/**
 * The normal form of an address: two spellings of it are one address. Unicode's canonical composition (NFC) and lower case, the
 * domain as A-labels; never NFKC, which would make one mailbox of `ａdmin@` and `admin@`, and nothing is trimmed.
 */
export function normalEmail(email: string): string {
  const folded = fold(email);
  const at = folded.lastIndexOf('@') + 1;
  return `${folded.slice(0, at)}${foldDomain(folded.slice(at))}`;
}

/**
 * Whether this is one address that can be stored, typed at the password door, and written to: at most 254 characters in its
 * normal form.
 */
export function isEmailAddress(text: string): boolean {
  return text.length <= MAX_UNFOLDED && ADDRESS.test(text) && normalEmail(text).length <= MAX_LENGTH;
}

/** What the unique index on addresses holds. 64 hex digits. */
export function emailKey(email: string): string {
  return hex(normalEmail(email));
}
