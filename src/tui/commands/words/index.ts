/** The door of the commands' dictionaries: typed words in every language. Pure. */
import { formatMessage, type Language, type Message, type Params } from '../../i18n/index.js';
import { EN } from './en.js';
import type { WordsLike } from './like.js';
import { RU } from './ru.js';

export type WordGroup = keyof WordsLike;
export type CommandName = keyof WordsLike['commands'];
export type OptionText = keyof WordsLike['options'];
export type Place = keyof WordsLike['places'];
export type Column = keyof WordsLike['columns'];
export type Label = keyof WordsLike['labels'];
/** What a person can be asked for. */
export type SecretName = Exclude<keyof WordsLike['secrets'], `${string} ${string}`>;

/** The words of one language: `words('labels', 'name')`. */
export type Words = {
  <G extends WordGroup>(group: G, key: keyof WordsLike[G], params?: Params): string;
  readonly language: Language;
};

export const COMMAND_DICTIONARIES: Readonly<Record<Language, WordsLike>> = { en: EN, ru: RU };

function makeWords(language: Language): Words {
  const dictionary = COMMAND_DICTIONARIES[language];
  const words = <G extends WordGroup>(group: G, key: keyof WordsLike[G], params?: Params): string => {
    // A word of a later server's, for example a status, is told as it is.
    const message: Message = Object.hasOwn(dictionary[group], key) ? dictionary[group][key] : String(key);
    return formatMessage(language, message, params);
  };
  return Object.assign(words, { language });
}

const WORDS: Readonly<Record<Language, Words>> = { en: makeWords('en'), ru: makeWords('ru') };

/** Returns the words of a language, always the same function. */
export const wordsOf = (language: Language): Words => WORDS[language];

/** A sentence that waits for its language. */
export type Sentence = (words: Words) => string;
