/** How a command ends without the server having had a say. `message` is English; people read the sentence. */
import { nearest } from '../../protocol/index.js';
import type { ProblemCode } from '../i18n/index.js';
import { Refusal } from '../reach/index.js';
import { wordsOf, type Sentence } from './words/index.js';

/** Returns the sentence with the word behind it that was most likely meant, where one is near. What was typed isn't repeated. */
export const withMeant =
  (sentence: Sentence, typed: string, among: readonly string[]): Sentence =>
  (words) => {
    const meant = nearest(typed, among);
    return [sentence(words), ...(meant === null ? [] : [words('says', 'did_mean', { meant })])].join(' ');
  };

/** The command line can't be understood. The sentence never repeats a value: it may be a password. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly sentence: Sentence;

  constructor(sentence: Sentence) {
    super(sentence(wordsOf('en')));
    this.sentence = sentence;
  }
}

/** A refusal of this program's own, with its sentence in every language. */
export class OwnRefusal extends Refusal {
  readonly sentence: Sentence;

  constructor(code: ProblemCode, sentence: Sentence) {
    super(code, sentence(wordsOf('en')));
    this.sentence = sentence;
  }
}

/** The person pressed Ctrl+C at a prompt. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}
