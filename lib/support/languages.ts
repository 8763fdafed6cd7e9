// Which of the available languages a person reads: one rule for mail and pages.

/** Those that the product brings, as BCP 47 tags. */
export const OWN_LANGUAGES = ['en', 'zh-CN', 'de', 'fr', 'es', 'ja'] as const;

export type OwnLanguage = (typeof OWN_LANGUAGES)[number];

/** For everybody else. */
export const USUAL_LANGUAGE: OwnLanguage = 'en';

/** What anybody may have sent as a language, where it is one. BCP 47 with `-` or `_`, in any case. */
export function localeOf(tag: string): Intl.Locale | undefined {
  try {
    const locale = new Intl.Locale(tag.replaceAll('_', '-'));
    // `und` is of no language: some engines call that undefined.
    return (locale.language ?? 'und') === 'und' ? undefined : locale;
  } catch {
    return undefined;
  }
}

/**
 * The one of `known` that a reader of `tag` reads: of the same language and script, of the same region where there are several.
 * A region tells the script where none is given: `zh-SG` reads Simplified Chinese, `zh-HK` does not.
 */
export function languageFor(tag: string, known: readonly string[]): string | undefined {
  const reader = localeOf(tag)?.maximize();
  if (reader === undefined) return undefined;
  const readable = known.filter((one) => {
    const { language, script } = new Intl.Locale(one).maximize();
    return language === reader.language && script === reader.script;
  });
  return readable.find((one) => new Intl.Locale(one).maximize().region === reader.region) ?? readable[0];
}

/** The texts that a reader of `tag` gets, English where there are none for them; one map for each kind of text. */
export function textsFor<Texts>(tag: string, languages: ReadonlyMap<string, Texts>): Texts {
  const texts = languages.get(languageFor(tag, [...languages.keys()]) ?? USUAL_LANGUAGE);
  if (texts === undefined) throw new TypeError('There are texts in English');
  return texts;
}
