// The texts of pages and mails, in the product's languages and the host's own.

import { MAIL_TEXTS } from '../mail/texts/languages.js';
import type { MailTexts } from '../mail/texts/texts.js';
import { PAGE_TEXTS } from '../pages/texts/languages.js';
import type { PageTexts } from '../pages/texts/texts.js';
import { type Changes, changedTexts, completeTexts } from '../support/changed-texts.js';
import { ConfigurationError, type Mistake } from '../support/configuration-error.js';
import { localeOf, OWN_LANGUAGES, type OwnLanguage } from '../support/languages.js';

/** All texts in one language; a language that lacks one does not compile. */
export interface Language {
  readonly pages: PageTexts;
  readonly mails: MailTexts;
}

/** The host's own wording. HTML in it is escaped. */
export interface TextOptions {
  /** Texts to replace in a built-in language. Default none. */
  readonly change?: { readonly [tag in OwnLanguage]?: Changes<Language> };
  /** Further languages by BCP 47 tag; each must be complete. Default none. */
  readonly add?: Readonly<Record<string, Language>>;
}

export interface Texts {
  readonly pages: ReadonlyMap<string, PageTexts>;
  readonly mails: ReadonlyMap<string, MailTexts>;
}

const ownLanguage = (tag: string): OwnLanguage | undefined => OWN_LANGUAGES.find((own) => own === tag);

/** @throws ConfigurationError with each text that is missing, unknown or of the wrong kind */
export function createTexts({ change = {}, add = {} }: TextOptions = {}): Texts {
  const mistakes: Mistake[] = [];
  const pages = new Map<string, PageTexts>();
  const mails = new Map<string, MailTexts>();
  for (const tag of Object.keys(change))
    if (ownLanguage(tag) === undefined)
      mistakes.push({ path: `texts.change.${tag}`, expected: `expected one of ${OWN_LANGUAGES.join(', ')}` });
  for (const tag of OWN_LANGUAGES) {
    const ours: Language = { pages: PAGE_TEXTS[tag], mails: MAIL_TEXTS[tag] };
    const texts = changedTexts(ours, change[tag] ?? {}, ['texts', 'change', tag], mistakes);
    pages.set(tag, texts.pages);
    mails.set(tag, texts.mails);
  }
  for (const [tag, language] of Object.entries(add)) {
    if (localeOf(tag) === undefined || ownLanguage(tag) !== undefined)
      mistakes.push({ path: `texts.add.${tag}`, expected: 'expected the BCP 47 tag of a language that is not built in' });
    else {
      const texts = completeTexts<Language>({ pages: PAGE_TEXTS.en, mails: MAIL_TEXTS.en }, language, ['texts', 'add', tag], mistakes);
      pages.set(tag, texts.pages);
      mails.set(tag, texts.mails);
    }
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return { pages, mails };
}
