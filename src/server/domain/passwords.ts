/**
 * Which passwords can be chosen: long enough, and not among the first that anybody would try. No rules about kinds of
 * characters. [NIST SP 800-63B-4 3.1.1.2] [ASVS 5.0.0 6.2]
 */
import { fail, LIMITS, type Failure } from '../../protocol/index.js';
import { codePoints } from './account_names.js';
import { COMMON_PASSWORDS } from './common_passwords.js';
import { isDate, isMadeOfNames, isSequence, repeatedPiece } from './guessable.js';

/** Everything that somebody who knows the account would try. */
export type PasswordContext = {
  /** Names of the account, its person and the server, and addresses. */
  readonly words: readonly (string | null | undefined)[];
  /** The password that this one takes the place of. */
  readonly former?: string;
};

export const PASSWORD_REASONS = [
  'too_short',
  'too_long',
  'character',
  'context',
  'repeated',
  'common',
  'sequence',
] as const;
export type PasswordReason = (typeof PASSWORD_REASONS)[number];

type Refusal = readonly [reason: PasswordReason, message: string];

/** A password as it is compared: NFC, and lower case only for looking it up in lists. */
const comparable = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');

/** Made at the first use, so that a start doesn't pay for it. */
let common: ReadonlySet<string> | null = null;

function isCommon(text: string): boolean {
  common ??= new Set(COMMON_PASSWORDS.split(' '));
  return common.has(text);
}

/** What makes a text guessable, whatever its length. */
function guessable(text: string, names: readonly string[], lengthMin: number): Refusal | null {
  if (isMadeOfNames(text, names)) {
    return ['context', 'The password is made of names that belong to the account or the server.'];
  }
  const piece = repeatedPiece(text);
  if (piece !== null) {
    // A long piece is judged in the place of the whole: writing a good password twice makes it no worse.
    if (codePoints(piece) < lengthMin) return ['repeated', 'The password is one short piece repeated.'];
    return guessable(piece, names, lengthMin);
  }
  if (isCommon(text)) return ['common', 'The password is one of the most common.'];
  if (isDate(text)) return ['common', 'A date alone is among the first things that are tried.'];
  if (isSequence(text)) {
    return ['sequence', 'The password follows the alphabet, the digits or the keyboard.'];
  }
  return null;
}

function refusal(password: string, lengthMin: number, context: PasswordContext): Refusal | null {
  const text = password.normalize('NFC');
  const length = codePoints(text);
  if (length < lengthMin) return ['too_short', `The password needs at least ${lengthMin} characters.`];
  if (length > LIMITS.password_length_max) {
    return ['too_long', `The password can have at most ${LIMITS.password_length_max} characters.`];
  }
  if (!text.isWellFormed()) return ['character', 'The password holds half a character.'];
  if (context.former?.normalize('NFC') === text) {
    return ['context', 'The new password is the old one.'];
  }
  const names = context.words.filter((word) => word !== null && word !== undefined).map(comparable);
  return guessable(comparable(text), names, lengthMin);
}

/** Null when the password can be chosen. `path` names the parameter that it came in. */
export function checkNewPassword(
  password: string,
  options: { readonly length_min: number; readonly context: PasswordContext; readonly path: string },
): Failure<'password_rejected'> | null {
  const lengthMin = Math.max(options.length_min, LIMITS.password_length_min);
  const refused = refusal(password, lengthMin, options.context);
  if (refused === null) return null;
  const [reason, message] = refused;
  return fail('password_rejected', { details: [{ path: options.path, reason, message }] });
}
