// Addresses of every kind that a provider may vouch for, a host may store or a person may type.

export interface AddressKind {
  readonly name: string;
  /** As it is claimed, stored and typed; `tag` makes it somebody's own. `undefined`: there is none. */
  of(tag: string): string | undefined;
  /** The same address in other spellings (contract, section 1: NFC, letter case, A-labels). Default none. */
  also?(tag: string): readonly string[];
}

const LONGEST = 254;
const DOMAIN = '@example.test';

const padded = (tag: string, length: number) => `${tag}${'x'.repeat(length - tag.length - DOMAIN.length)}${DOMAIN}`;

export const ADDRESSES: readonly AddressKind[] = [
  { name: 'a plain one', of: (tag) => `${tag}@example.test`, also: (tag) => [`${tag.toUpperCase()}@EXAMPLE.test`] },
  { name: 'capitals', of: (tag) => `${tag.toUpperCase()}@Example.TEST`, also: (tag) => [`${tag}@example.test`] },
  {
    name: 'an umlaut',
    of: (tag) => `jörg.${tag}@example.test`,
    also: (tag) => [`JÖRG.${tag}@example.test`, `jo\u0308rg.${tag}@example.test`],
  },
  { name: 'a decomposed umlaut', of: (tag) => `jo\u0308rg.${tag}@example.test`, also: (tag) => [`jörg.${tag}@example.test`] },
  {
    name: 'a sharp s and a final sigma',
    of: (tag) => `STRAẞE.ΟΔΟΣ.${tag}@example.test`,
    also: (tag) => [`straße.οδος.${tag}@example.test`],
  },
  { name: 'an ampersand', of: (tag) => `a&b.${tag}@example.test` },
  { name: 'a host without a dot', of: (tag) => `${tag}@localhost` },
  {
    name: 'a domain with an umlaut',
    of: (tag) => `${tag}@bücher.example`,
    also: (tag) => [`${tag}@xn--bcher-kva.example`, `${tag}@BÜCHER.example`],
  },
  { name: 'a domain as A-labels', of: (tag) => `${tag}@xn--bcher-kva.example`, also: (tag) => [`${tag}@bücher.example`] },
  { name: 'a domain with a sharp s', of: (tag) => `${tag}@faß.example` },
  { name: 'a label of 64 letters', of: (tag) => `${tag}@${'d'.repeat(64)}.example` },
  { name: 'an underscore in the domain', of: (tag) => `${tag}@my_host.example` },
  { name: 'a dot at the very end', of: (tag) => `${tag}@example.test.` },
  { name: 'an IP address', of: (tag) => `${tag}@[127.0.0.1]` },
  { name: 'two dots', of: (tag) => `a..b.${tag}@example.test` },
  { name: 'a dot in front', of: (tag) => `.${tag}@example.test` },
  { name: 'quotes', of: (tag) => `"a.${tag}"@example.test` },
  { name: 'an apostrophe, a per cent sign and a backslash', of: (tag) => `o'brien%_\\${tag}@example.test` },
  { name: 'SQL', of: (tag) => `x')/**/OR/**/(1=1)#${tag}@x.test` },
  { name: 'a full-width letter', of: (tag) => `ａ.${tag}@example.test` },
  { name: 'an emoji', of: (tag) => `🗝️.${tag}@example.test` },
  { name: 'a ligature that grows under NFKC', of: (tag) => `${'\uFDFA'.repeat(60)}${tag}@example.test` },
  { name: 'letters that grow when folded', of: (tag) => `${'İ'.repeat(150)}${tag}@example.test` },
  { name: 'a domain that grows as A-labels', of: (tag) => `${tag}@${Array(4).fill('ü'.repeat(50)).join('.')}.example` },
  { name: 'the longest there can be', of: (tag) => padded(tag, LONGEST) },
  { name: 'one letter more than that', of: (tag) => padded(tag, LONGEST + 1) },
  // Nobody sees them, and a browser does not send them.
  { name: 'spaces around', of: (tag) => ` ${tag}@example.test `, also: (tag) => [`${tag}@example.test`] },
  { name: 'none at all', of: () => undefined },
];
