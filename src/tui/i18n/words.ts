/** The dictionaries of both languages, and what makes text of them. Pure. */
import { EN } from './en.js';
import { EN_PROBLEMS, type ProblemText } from './en_problems.js';
import { formatMessage, type Language, type Message, type Params } from './message.js';
import type { ProblemCode } from './problem_codes.js';
import { RU } from './ru.js';
import { RU_PROBLEMS } from './ru_problems.js';

export type MessageKey = keyof typeof EN;
export type Translate = (key: MessageKey, params?: Params) => string;
/** What is needed to put anything into words: the dictionary, its language, and what time it is. */
export type Words = { readonly t: Translate; readonly language: Language; readonly now: number };

export const DICTIONARIES: Readonly<Record<Language, Readonly<Record<MessageKey, Message>>>> = {
  en: EN,
  ru: RU,
};
export const PROBLEMS: Readonly<Record<Language, Readonly<Record<ProblemCode, ProblemText>>>> = {
  en: EN_PROBLEMS,
  ru: RU_PROBLEMS,
};

/** Returns the words of one language. */
export function translator(language: Language): Translate {
  const dictionary = DICTIONARIES[language];
  // A word of a later server's may be part of the key: then it is told as it is.
  return (key, params) =>
    formatMessage(language, Object.hasOwn(dictionary, key) ? dictionary[key] : key, params);
}

const TRANSLATORS = { en: translator('en'), ru: translator('ru') } as const;
/** As `translator`, always the same function for a language. */
export const translatorOf = (language: Language): Translate => TRANSLATORS[language];

export const problemText = (language: Language, code: ProblemCode): ProblemText => PROBLEMS[language][code];
