// The texts that a language needs for mails with a link; the compiler checks that the list is complete.

import type { LinkTemplate } from '../../accounts/mail-message.js';

export interface LinkFacts {
  readonly appName: string;
  /** In the language's own long form. */
  readonly date: string;
}

export interface LinkTexts {
  readonly subject: Readonly<Record<LinkTemplate, (facts: LinkFacts) => string>>;
  /** Why the mail comes, before the link. */
  readonly why: Readonly<Record<LinkTemplate, (facts: LinkFacts) => string>>;
  /** After the link: how long it holds, and what to do if it was somebody else. */
  readonly after: Readonly<Record<LinkTemplate, (facts: LinkFacts) => readonly string[]>>;
}
