// The languages of our pages.

import type { OwnLanguage } from '../../support/languages.js';
import { german } from './de.js';
import { english } from './en.js';
import { spanish } from './es.js';
import { french } from './fr.js';
import { japanese } from './ja.js';
import type { PageTexts } from './texts.js';
import { simplifiedChinese } from './zh-cn.js';

export const PAGE_TEXTS: Readonly<Record<OwnLanguage, PageTexts>> = {
  en: english,
  'zh-CN': simplifiedChinese,
  de: german,
  fr: french,
  es: spanish,
  ja: japanese,
};
