/** What people are told when a command was not done, in their language. Foreign text is made harmless here. Pure. */
import { AddressError, codeOfKeepFault, Refusal } from '../reach/index.js';
import {
  addressFault,
  faultSentence,
  keepFault,
  problemText,
  reasonSentence,
  type Fault,
} from '../i18n/index.js';
import { KeepError } from '../keep/index.js';
import { clean } from '../text/index.js';
import { OwnRefusal } from './errors.js';
import type { Words } from './words/index.js';

/** Sentences of the UI that speak of forms and keys, as a command says them. */
const RU_PROBLEMS_HERE: Readonly<Record<string, string>> = {
  invalid_params: 'Сервер не принял параметры.',
  not_found: 'Такого нет.',
};

/** Returns what a command threw as a refusal, or null for a fault of the program. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof AddressError) {
    return foreign('bad_address', addressFault(error));
  }
  if (!(error instanceof KeepError)) return null;
  return foreign(codeOfKeepFault(error.fault), keepFault(error));
}

/** A sentence of another room, which speaks English, and ours for Russian. */
const foreign = (code: 'bad_address' | 'pin_changed' | 'keep_unusable', fault: Fault): OwnRefusal =>
  new OwnRefusal(code, ({ language }) => faultSentence(language, fault));

/** What stands behind `error` in the JSON document of a command that was not done; the same in every language. */
export type Failed = {
  readonly code: string;
  readonly error: string;
  readonly details: Refusal['details'];
  readonly retry_after_ms: number | null;
};

export const failureOf = ({ code, message, details, retry_after_ms }: Refusal): Failed => ({
  code,
  error: message,
  details,
  retry_after_ms,
});

/** Returns the refusal as a person is told: what it is, which parameter is meant, how long to wait. */
export function sentenceOf(refusal: Refusal, words: Words): string {
  const { message, details, retry_after_ms } = refusal;
  const parts = details.map(({ path, reason, message: said }) => {
    const told = reasonSentence(words.language, reason, said);
    const name = path.split('.').at(-1) ?? '';
    return name === '' || told === '' ? told : `${name}: ${told}`;
  });
  const wait =
    retry_after_ms === null ? [] : [words('says', 'wait', { count: Math.ceil(retry_after_ms / 1000) })];
  const all = [mainSentence(refusal, words), ...parts, ...wait];
  return clean(all.filter((part) => part !== '' && (part === all[0] || part !== message)).join(' '), {
    multiline: false,
  });
}

/** The server's own sentences are English; in another language ours stand for them. */
function mainSentence(refusal: Refusal, words: Words): string {
  if (refusal instanceof OwnRefusal) return refusal.sentence(words);
  if (words.language === 'en') return refusal.message;
  if (refusal.fault !== null) return faultSentence(words.language, refusal.fault);
  return RU_PROBLEMS_HERE[refusal.code] ?? problemText(words.language, refusal.code)[0];
}
