// The texts that a language needs: one entry per notice; the compiler checks that the list is complete.

import type { MailTemplate } from '../../accounts/mail-message.js';
import type { LinkTexts } from './link-texts.js';

/** What a sentence is built from; every part is one printable line. */
export interface MailFacts {
  readonly appName: string;
  /** The provider's display name; `undefined` where the notice is about no provider. */
  readonly provider: string | undefined;
  /** From where; `undefined` where nobody knows. */
  readonly device: string | undefined;
  /** In the language's own long form. */
  readonly date: string;
}

export interface MailTexts {
  /** BCP 47: the `lang` of the HTML part and the locale of the date. */
  readonly locale: string;
  /** What an app is called that has told no name. */
  readonly thisApp: string;
  greeting(name: string | undefined): string;
  /** The notice in one sentence: the subject, and the first line of the body. */
  readonly notice: Readonly<Record<MailTemplate, (facts: MailFacts) => string>>;
  /** What to do if it was not you; paragraphs of short lines. */
  readonly advice: Readonly<Record<MailTemplate, (facts: MailFacts) => readonly string[]>>;
  /** Why no link stands here. */
  closing(facts: MailFacts): string;
  readonly links: LinkTexts;
}
