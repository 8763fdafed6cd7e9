// A notice in the person's language, as subject, plain text and HTML.

import { readsSimplifiedChinese } from '../simplified-chinese.js';
import { escapeHtml } from './escape-html.js';
import { greetableName, oneLine } from './hostile-text.js';
import type { MailMessage } from './message.js';
import { english } from './texts/en.js';
import type { MailTexts } from './texts/texts.js';
import { simplifiedChinese } from './texts/zh-cn.js';

export interface RenderedMail {
  /** One line without control characters. */
  readonly subject: string;
  /** Paragraphs, an empty line between them; the second is the subject's sentence. */
  readonly text: string;
  readonly html: string;
}

/** Readers of Traditional Chinese get English, as everybody else does. */
function textsFor(language: string): MailTexts {
  return readsSimplifiedChinese(language) ? simplifiedChinese : english;
}

/** Made once for each language: making one costs more than all else about a mail. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** The same day for everybody, wherever the server stands. */
function longDate(iso: string, locale: string): string {
  const format = dateFormats.get(locale) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  dateFormats.set(locale, format);
  return format.format(new Date(iso));
}

function paragraphHtml(paragraph: string): string {
  return `<p>${escapeHtml(paragraph).replaceAll('\n', '<br>\n')}</p>`;
}

function pageHtml({ locale, subject, paragraphs }: { locale: string; subject: string; paragraphs: readonly string[] }): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5">
${paragraphs.map(paragraphHtml).join('\n')}
</body>
</html>
`;
}

export function knowsNotice(template: unknown): template is MailMessage['template'] {
  return typeof template === 'string' && Object.hasOwn(english.notice, template);
}

/**
 * Renders a notice; the nickname and the names of provider and app may be hostile.
 * @throws RangeError when `data.at` is no date
 */
export function renderMail({ template, language, data }: MailMessage): RenderedMail {
  const texts = textsFor(language);
  const provider = oneLine(data.provider ?? '');
  const facts = {
    appName: oneLine(data.appName),
    provider: provider === '' ? undefined : provider,
    date: longDate(data.at, texts.locale),
  };
  const subject = texts.notice[template](facts);
  const paragraphs = [texts.greeting(greetableName(data.nickname)), subject, ...texts.advice[template](facts), texts.closing(facts)];
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: pageHtml({ locale: texts.locale, subject, paragraphs }),
  };
}
