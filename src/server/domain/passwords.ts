/** What the server says of a new password that can't be chosen. The rule itself is the protocol's; the list is here. */
import {
  fail,
  LIMITS,
  passwordFault,
  passwordLengthMin,
  type Failure,
  type PasswordContext,
  type PasswordFault,
} from '../../protocol/index.js';
import { COMMON_PASSWORDS } from './common_passwords.js';

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

/** Made at the first use, so that a start doesn't pay for it. */
let common: ReadonlySet<string> | null = null;

function isCommon(text: string): boolean {
  common ??= new Set(COMMON_PASSWORDS.split(' '));
  return common.has(text);
}

const REFUSALS: Readonly<
  Record<PasswordFault, readonly [reason: PasswordReason, message: (lengthMin: number) => string]>
> = {
  too_short: ['too_short', (lengthMin) => `The password needs at least ${lengthMin} characters.`],
  too_long: ['too_long', () => `The password can have at most ${LIMITS.password_length_max} characters.`],
  character: ['character', () => 'The password holds half a character.'],
  former: ['context', () => 'The new password is the old one.'],
  names: ['context', () => 'The password is made of names that belong to the account or the server.'],
  repeated: ['repeated', () => 'The password is one short piece repeated.'],
  common: ['common', () => 'The password is one of the most common.'],
  date: ['common', () => 'A date alone is among the first things that are tried.'],
  run: ['sequence', () => 'The password follows the alphabet, the digits or the keyboard.'],
};

/** Returns null when the password can be chosen. `path` names the parameter that it came in. */
export function checkNewPassword(
  password: string,
  options: { readonly length_min: number; readonly context: PasswordContext; readonly path: string },
): Failure<'password_rejected'> | null {
  const { length_min, context, path } = options;
  const fault = passwordFault(password, { length_min, context, isCommon });
  if (fault === null) return null;
  const [reason, message] = REFUSALS[fault];
  return fail('password_rejected', {
    details: [{ path, reason, message: message(passwordLengthMin(length_min)) }],
  });
}
