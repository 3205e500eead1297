/** What a message of the dictionaries is, and how one becomes text. Pure. */
export type Language = 'en' | 'ru';
export const LANGUAGES = ['en', 'ru'] as const satisfies readonly Language[];

export function isLanguage(value: string): value is Language {
  return (LANGUAGES as readonly string[]).includes(value);
}

/** Returns the language of a locale such as `ru_RU.UTF-8`; null for one that isn't spoken here. */
export function languageOfLocale(locale: string | undefined): Language | null {
  const language = /^[a-z]+/i.exec(locale ?? '')?.[0].toLowerCase() ?? '';
  return isLanguage(language) ? language : null;
}

/** Plural forms by CLDR category; `other` is the one that every language has. */
export type Plural = {
  readonly one?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
};
/** Text with `{name}` places; a plural chooses its form by the parameter `count`. */
export type Message = string | Plural;
export type Params = Readonly<Record<string, string | number>>;

const rules: Readonly<Record<Language, Intl.PluralRules>> = {
  en: new Intl.PluralRules('en'),
  ru: new Intl.PluralRules('ru'),
};

/** Returns the text of one message. A place without a parameter stays visible as `{name}`, so that a test finds it. */
export function formatMessage(language: Language, message: Message, params: Params = {}): string {
  const text = typeof message === 'string' ? message : pluralForm(language, message, params);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = params[name];
    return value === undefined ? place : String(value);
  });
}

function pluralForm(language: Language, message: Plural, params: Params): string {
  const count = Number(params['count'] ?? 0);
  const category = rules[language].select(count);
  const form =
    category === 'one'
      ? message.one
      : category === 'few'
        ? message.few
        : category === 'many'
          ? message.many
          : undefined;
  return form ?? message.other;
}
