// Which language tags mean Simplified Chinese: one rule for mail and pages.

/**
 * BCP 47 with `-` or `_`, in any case. A region tells the script where none is given (`zh-SG` reads Simplified, `zh-HK` does not);
 * readers of Traditional Chinese are not given Simplified.
 */
export function readsSimplifiedChinese(tag: string): boolean {
  const locale = localeOf(tag)?.maximize();
  return locale?.language === 'zh' && locale.script === 'Hans';
}

/** What anybody may have sent as a language, where it is one. */
export function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-'));
  } catch {
    return undefined;
  }
}
