/**
 * What an account may be called. Canonicalisation happens before look-up, throttling and audit, so that two spellings
 * of one name are one account. [RFC 8265 3.3 UsernameCaseMapped]
 */
import { fail, LIMITS, type ErrorDetail, type Failure } from '../../protocol/index.js';

/** Names that would mislead, or that programs trip over. Compared with the canonical form. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'admin administrator root system sysadmin operator moderator owner superuser support help security postmaster ' +
    'hostmaster webmaster abuse noreply no-reply portcullis auth server service daemon nobody anonymous guest everyone ' +
    'null undefined nan true false none void __proto__ constructor prototype tostring valueof hasownproperty me self'
  ).split(' '),
);

/** Scripts that may stand together in one name; every other script stands alone. */
const SCRIPT_GROUPS: readonly RegExp[] = [
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]+$/u,
  /^[\p{scx=Han}\p{scx=Hangul}]+$/u,
  /^[\p{scx=Han}\p{scx=Bopomofo}]+$/u,
];

const SCRIPTS = (
  'Latin Cyrillic Greek Armenian Georgian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil ' +
  'Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Ethiopic Khmer Mongolian Cherokee Hangul'
)
  .split(' ')
  .map((script) => new RegExp(`^\\p{scx=${script}}+$`, 'u'));

/** Full-width and half-width forms as the characters they stand for. [RFC 8265 3.3.1] */
function mapWidth(name: string): string {
  return name.replace(/[\uFF00-\uFFEF]/g, (character) => character.normalize('NFKC'));
}

/** The one spelling that is stored and looked up. Total: whatever goes in, something comes out. */
export function canonicalAccountName(name: string): string {
  return mapWidth(name.toWellFormed()).toLowerCase().normalize('NFC');
}

/** What someone typed to sign in, ready for look-up: an e-mail address keeps its `@`. */
export function canonicalSignInName(name: string): string {
  const trimmed = name.trim();
  return trimmed.includes('@') ? canonicalEmail(trimmed) : canonicalAccountName(trimmed);
}

/** The form of an e-mail address that is unique: NFC and lower case. */
export function canonicalEmail(email: string): string {
  return email.trim().toWellFormed().normalize('NFC').toLowerCase();
}

/** Code points, as the limits count them. */
export function codePoints(text: string): number {
  return Array.from(text).length;
}

function oneScript(name: string): boolean {
  const letters = name.replace(/[0-9._-]/g, '');
  return letters === '' || [...SCRIPTS, ...SCRIPT_GROUPS].some((script) => script.test(letters));
}

const refuse = (reason: string, message: string): Failure<'account_name_invalid'> => {
  const detail: ErrorDetail = { path: 'user.account_name', reason, message };
  return fail('account_name_invalid', { details: [detail] });
};

/** The canonical form of a new account's name, or the reason why nobody can be called that. */
export function newAccountName(name: string): string | Failure<'account_name_invalid'> {
  const canonical = canonicalAccountName(name);
  const length = codePoints(canonical);
  if (length < LIMITS.account_name_length_min) {
    return refuse('too_short', `The name needs at least ${LIMITS.account_name_length_min} characters.`);
  }
  if (length > LIMITS.account_name_length_max) {
    return refuse('too_long', `The name can have at most ${LIMITS.account_name_length_max} characters.`);
  }
  if (!/^[\p{L}\p{M}0-9._-]+$/u.test(canonical)) {
    return refuse('character', 'Only letters, digits and . _ - can be in a name.');
  }
  if (!/^[\p{L}0-9]/u.test(canonical) || /[._-]$/u.test(canonical) || /[._-]{2}/u.test(canonical)) {
    return refuse('punctuation', 'A name begins with a letter or digit; . _ - stand alone between others.');
  }
  if (!/\p{L}/u.test(canonical)) return refuse('no_letter', 'A name needs at least one letter.');
  if (/\p{M}{3}/u.test(canonical)) return refuse('character', 'Too many marks on one letter.');
  if (!oneScript(canonical)) return refuse('mixed_scripts', 'All letters of a name must be of one script.');
  if (RESERVED.has(canonical)) return refuse('reserved', 'This name is reserved.');
  return canonical;
}
