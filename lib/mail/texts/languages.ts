// The languages of our mails.

import type { OwnLanguage } from '../../support/languages.js';
import { german } from './de.js';
import { english } from './en.js';
import { spanish } from './es.js';
import { french } from './fr.js';
import { japanese } from './ja.js';
import type { MailTexts } from './texts.js';
import { simplifiedChinese } from './zh-cn.js';

export const MAIL_TEXTS: Readonly<Record<OwnLanguage, MailTexts>> = {
  en: english,
  'zh-CN': simplifiedChinese,
  de: german,
  fr: french,
  es: spanish,
  ja: japanese,
};

/** The same by tag, for whoever has no others. */
export const OWN_MAILS: ReadonlyMap<string, MailTexts> = new Map(Object.entries(MAIL_TEXTS));
