// Names that people and providers choose, made safe for a subject line and a greeting.

/** Above what anyone configures as a name, below what a mail server takes offence at. */
const MAX_LINE_LENGTH = 200;

/** Long enough for an honest name, too short for a letter of its own. */
const MAX_NICKNAME_LENGTH = 64;

/** Control, format (bidi overrides, zero width), separator, lone surrogate: none of them belongs in a name. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Schemes, paths, addresses, and dots (ideographic ones too) inside a word: what a mail program turns into a link. */
const LINK_LIKE = /[/\\@]|\w:\S|\S[.\u3002\uff0e\uff61]\S/u;

/** One printable line of at most 200 characters, whatever came in: no CR, LF or other control character survives. */
export function oneLine(text: string): string {
  const line = text.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return Array.from(line).slice(0, MAX_LINE_LENGTH).join('').trimEnd();
}

/**
 * The name to greet with, or `undefined`. Anyone may sign up with a stranger's address and a nickname of their choice,
 * and our notice must not carry their advertisement: a name that is long or could become a link is left out.
 */
export function greetableName(nickname: string): string | undefined {
  const name = oneLine(nickname);
  return name === '' || Array.from(name).length > MAX_NICKNAME_LENGTH || LINK_LIKE.test(name) ? undefined : name;
}
