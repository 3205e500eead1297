/** What other rooms found wrong, with its sentence in every language. Pure. */
import type { AddressError, ChannelProblem } from '../../client/index.js';
import type { KeepError } from '../keep/index.js';
import { formatMessage, type Language } from './message.js';
import { RU_FAULTS, RU_REASONS } from './ru_faults.js';

/** `english`: the sentence as it was found; `russian`: the same with places for `about`. */
export type Fault = {
  readonly english: string;
  readonly russian: string;
  readonly about: Readonly<Record<string, string>>;
};

export const addressFault = ({ fault, about, message }: AddressError): Fault => ({
  english: message,
  russian: RU_FAULTS.address[fault],
  about,
});

export const keepFault = ({ fault, about, message }: KeepError): Fault => ({
  english: message,
  russian: RU_FAULTS.keep[fault],
  about,
});

/** `message` is the sentence that came with it. */
export const channelFault = ({ fault, about }: ChannelProblem, message: string): Fault => ({
  english: message,
  russian: RU_FAULTS.channel[fault],
  // Where it is, as the client library writes it.
  about: { ...about, place: (about['place'] ?? '').replace(', port ', ', порт ') },
});

export const faultSentence = (language: Language, { english, russian, about }: Fault): string =>
  language === 'en' ? english : formatMessage(language, russian, about);

/** Returns what is wrong with a parameter; `said` is how the server says it. Of a reason that nobody knows here, only that. */
export const reasonSentence = (language: Language, reason: string, said: string): string =>
  language === 'en' || !Object.hasOwn(RU_REASONS, reason) ? said : (RU_REASONS[reason] ?? said);
