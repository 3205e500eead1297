/** What every language of the commands has to hold: the groups and keys of English. */
import type { Message } from '../../i18n/index.js';
import type { EN } from './en.js';

export type WordsLike = {
  readonly [G in keyof typeof EN]: { readonly [K in keyof (typeof EN)[G]]: Message };
};
