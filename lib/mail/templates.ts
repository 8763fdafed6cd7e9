// A mail in the person's language, as subject, plain text and HTML.

import type { LinkTemplate, MailMessage } from '../accounts/mail-message.js';
import { escapeHtml } from '../support/escape-html.js';
import { textsFor } from '../support/languages.js';
import { greetableName, oneLine } from './hostile-text.js';
import { english } from './texts/en.js';
import { OWN_MAILS } from './texts/languages.js';
import type { MailTexts } from './texts/texts.js';

/** What can be said, by BCP 47 tag; English is among it. */
export type MailLanguages = ReadonlyMap<string, MailTexts>;

export interface RenderedMail {
  /** One line without control characters. */
  readonly subject: string;
  /** Paragraphs, an empty line between them; the second of a notice is the subject's sentence. */
  readonly text: string;
  readonly html: string;
}

/** Made once for each language: making one costs more than all else about a mail. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** The same day for everybody, wherever the server stands. */
function longDate(iso: string, locale: string): string {
  const format = dateFormats.get(locale) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  dateFormats.set(locale, format);
  return format.format(new Date(iso));
}

const LINE_ENDS = '<br>\n';

function paragraphHtml(paragraph: string, link: string | undefined): string {
  const text = escapeHtml(paragraph).replaceAll('\n', LINE_ENDS);
  return paragraph === link ? `<p><a href="${text}">${text}</a></p>` : `<p>${text}</p>`;
}

interface Html {
  readonly locale: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link?: string | undefined;
}

function pageHtml({ locale, subject, paragraphs, link }: Html): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5">
${paragraphs.map((paragraph) => paragraphHtml(paragraph, link)).join('\n')}
</body>
</html>
`;
}

function rendered(html: Html): RenderedMail {
  return { subject: html.subject, text: `${html.paragraphs.join('\n\n')}\n`, html: pageHtml(html) };
}

const isLink = (template: MailMessage['template'], { links }: MailTexts): template is LinkTemplate => template in links.subject;

export function knowsNotice(template: unknown): template is MailMessage['template'] {
  return typeof template === 'string' && (Object.hasOwn(english.notice, template) || Object.hasOwn(english.links.subject, template));
}

/**
 * Renders a mail; the nickname and the names of provider and app may be hostile.
 * @param link where the link of a `LinkTemplate` leads
 * @param languages what can be said; default in our own languages
 * @throws RangeError when `data.at` is no date, TypeError for a link that is missing
 */
export function renderMail({ template, language, data }: MailMessage, link?: string, languages: MailLanguages = OWN_MAILS): RenderedMail {
  const texts = textsFor(language, languages);
  const { locale } = texts;
  const provider = oneLine(data.provider ?? '');
  const facts = {
    appName: oneLine(data.appName) || texts.thisApp,
    provider: provider === '' ? undefined : provider,
    device: greetableName(data.device ?? ''),
    date: longDate(data.at, texts.locale),
  };
  const greeting = texts.greeting(greetableName(data.nickname));
  if (isLink(template, texts)) {
    if (link === undefined) throw new TypeError('The mail has no link');
    const { subject, why, after } = texts.links;
    const paragraphs = [greeting, why[template](facts), link, ...after[template](facts)];
    return rendered({ locale, subject: subject[template](facts), paragraphs, link });
  }
  const subject = texts.notice[template](facts);
  return rendered({ locale, subject, paragraphs: [greeting, subject, ...texts.advice[template](facts), texts.closing(facts)] });
}
