/**
 * Which passwords can be chosen: long enough, and not among the first that anybody would try. No rules about kinds of
 * characters. [NIST SP 800-63B-4 3.1.1.2] [ASVS 5.0.0 6.2] The server refuses by this and user interfaces warn by it, so that
 * none of them calls a password good that the server won't take. The list of common passwords is brought by whoever asks.
 */
import { isDate, isMadeOfNames, isSequence, repeatedPiece } from './guessable.js';
import { LIMITS } from './limits.js';
import { codePoints } from './text_length.js';

/** What is wrong with a password. */
export const PASSWORD_FAULTS = [
  'too_short',
  'too_long',
  'character',
  'former',
  'names',
  'repeated',
  'common',
  'date',
  'run',
] as const;
export type PasswordFault = (typeof PASSWORD_FAULTS)[number];

/** Everything that somebody who knows the account would try. */
export type PasswordContext = {
  /** Names of the account, its person and the server, and addresses. */
  readonly words: readonly (string | null | undefined)[];
  /** The password that this one takes the place of. */
  readonly former?: string;
};

export type PasswordPolicy = {
  /** Code points; never fewer than the limit of the protocol. */
  readonly length_min: number;
  readonly context: PasswordContext;
  /** Whether a text is one of the passwords that many have. It comes in NFC and in lower case. */
  readonly isCommon: (text: string) => boolean;
};

/** Returns a password as it is compared: NFC, and lower case only for looking it up in lists. */
const comparable = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');

/** Code points, as the limits count them. */

/** Returns the shortest length that a server may ask for, in code points. */
export const passwordLengthMin = (length_min: number): number =>
  Math.max(length_min, LIMITS.password_length_min);

/** Returns what makes a text guessable, whatever its length. */
function guessable(text: string, names: readonly string[], policy: PasswordPolicy): PasswordFault | null {
  if (isMadeOfNames(text, names)) return 'names';
  const piece = repeatedPiece(text);
  if (piece !== null) {
    // A long piece is judged in the place of the whole: writing a good password twice makes it no worse.
    if (codePoints(piece) < passwordLengthMin(policy.length_min)) return 'repeated';
    return guessable(piece, names, policy);
  }
  if (policy.isCommon(text)) return 'common';
  if (isDate(text)) return 'date';
  return isSequence(text) ? 'run' : null;
}

/** Returns the first thing that is wrong with a new password, or null when it can be chosen. */
export function passwordFault(password: string, policy: PasswordPolicy): PasswordFault | null {
  const text = password.normalize('NFC');
  const length = codePoints(text);
  if (length < passwordLengthMin(policy.length_min)) return 'too_short';
  if (length > LIMITS.password_length_max) return 'too_long';
  if (!text.isWellFormed()) return 'character';
  const { former, words } = policy.context;
  if (former?.normalize('NFC') === text) return 'former';
  const names = words.filter((word) => word !== null && word !== undefined).map(comparable);
  return guessable(comparable(text), names, policy);
}
