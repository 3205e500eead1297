/** Which passwords can be chosen. Length and known-bad words only: no rules about kinds of characters. [ASVS 5.0.0 6.2] */
import { fail, LIMITS, type Failure } from '../../protocol/index.js';
import { codePoints } from './account_names.js';

/** What must not be the password: names that anybody who knows the account would try. */
export type PasswordContext = { readonly words: readonly (string | null | undefined)[] };

const refuse = (reason: string, message: string, path: string): Failure<'password_rejected'> =>
  fail('password_rejected', { details: [{ path, reason, message }] });

/** A password as it is compared: NFC and nothing else. [NIST SP 800-63B-4 3.1.1.2] */
const normalized = (password: string): string => password.normalize('NFC');

/** Null when the password can be chosen. `path` names the parameter that it came in. */
export function checkNewPassword(
  password: string,
  options: { readonly length_min: number; readonly context: PasswordContext; readonly path: string },
): Failure<'password_rejected'> | null {
  const text = normalized(password);
  const length = codePoints(text);
  const minimum = Math.max(options.length_min, LIMITS.password_length_min);
  if (length < minimum) {
    return refuse('too_short', `The password needs at least ${minimum} characters.`, options.path);
  }
  if (length > LIMITS.password_length_max) {
    return refuse(
      'too_long',
      `The password can have at most ${LIMITS.password_length_max} characters.`,
      options.path,
    );
  }
  if (!text.isWellFormed()) return refuse('character', 'The password holds half a character.', options.path);
  const lower = text.toLowerCase();
  if (/^(.)\1*$/u.test(lower))
    return refuse('repeated', 'One character repeated is no password.', options.path);
  const words = options.context.words.flatMap((word) =>
    word ? [word.toLowerCase(), ...word.toLowerCase().split('@')] : [],
  );
  if (words.includes(lower)) {
    return refuse(
      'context',
      'The password is a name that belongs to the account or the server.',
      options.path,
    );
  }
  return null;
}
