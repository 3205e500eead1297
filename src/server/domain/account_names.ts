/**
 * What an account may be called. Canonicalisation happens before look-up, throttling and audit, so that two spellings
 * of one name are one account. The rules are those of [RFC 8265 3.3 UsernameCaseMapped], narrowed where that is simpler
 * and safer: of punctuation only `. _ -`, of digits only 0 to 9, nothing that needs a contextual rule (joiners, middle
 * dots), and only characters that [UTS 39 3.1] recommends for identifiers.
 */
import { codePoints, fail, LIMITS, type ErrorDetail, type Failure } from '../../protocol/index.js';
import { canonicalEmail, formerEmail } from './email_addresses.js';
import { NAME_CHARACTERS } from './name_characters.js';
import { hidesDot, nameSkeleton } from './name_looks.js';

/** Names that would mislead, or that programs trip over. Names that look like one of them are reserved as well. */
const RESERVED = (
  'admin administrator root system sysadmin operator moderator owner superuser support help security postmaster ' +
  'hostmaster webmaster abuse noreply mailer-daemon portcullis auth server service daemon nobody anonymous guest ' +
  'everyone null undefined nan true false none void __proto__ constructor prototype tostring valueof hasownproperty ' +
  'me self'
).split(' ');

/** Scripts that UTS 31 recommends for identifiers. All letters of a name are of one of them … */
const SCRIPTS = (
  'Latin Cyrillic Greek Armenian Georgian Hebrew Arabic Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil ' +
  'Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Ethiopic Khmer'
).split(' ');

/** … or of one of the groups that are written together. [UTS 39 5.2, Highly Restrictive] */
const SCRIPT_GROUPS = ['Latin Han Hiragana Katakana', 'Latin Han Hangul', 'Latin Han Bopomofo'];

/** Marks that any letter can carry belong to every script. */
const ANY_SCRIPT = String.raw`\p{scx=Common}\p{scx=Inherited}`;

const scriptClass = (scripts: string): string =>
  scripts
    .split(' ')
    .map((script) => `\\p{scx=${script}}`)
    .join('');

/** Patterns that take a moment to compile: made at the first use, so that a start doesn't pay for them. */
type Patterns = {
  readonly characters: RegExp;
  readonly scripts: readonly RegExp[];
  readonly reserved: ReadonlySet<string>;
};
let made: Patterns | null = null;

function patterns(): Patterns {
  made ??= {
    characters: new RegExp(
      `^[0-9._\\-${NAME_CHARACTERS.split(' ')
        .map((range) => range.replace(/[0-9a-f]+/g, String.raw`\u{$&}`))
        .join('')}]+$`,
      'u',
    ),
    scripts: [...SCRIPTS, ...SCRIPT_GROUPS].map(
      (scripts) => new RegExp(`^[${scriptClass(scripts)}${ANY_SCRIPT}]+$`, 'u'),
    ),
    reserved: new Set(RESERVED.map(nameSkeleton)),
  };
  return made;
}

/**
 * Full-width ASCII and half-width katakana as the characters they stand for. [RFC 8265 3.3.1] The other wide and narrow
 * forms stand for characters that no name can hold, so they may stay what they are.
 */
function mapWidth(name: string): string {
  return name.replace(/[\uFF01-\uFF9F]/g, (character) => character.normalize('NFKC'));
}

/**
 * A small sigma as it is written: \u03c2 at the end of a word, \u03c3 elsewhere. What case folding makes of a capital one depends on
 * what follows, a dot and a digit among it; so that all spellings of a name are one, what follows is a letter here or nothing.
 */
const writeSigma = (name: string): string =>
  name
    .replace(/\u03c2(?=[\p{L}\p{M}])/gu, '\u03c3')
    .replace(/(?<=[\p{L}\p{M}])\u03c3(?![\p{L}\p{M}])/gu, '\u03c2');

/** Returns the one spelling that is stored and looked up. Total: whatever goes in, something comes out. */
export function canonicalAccountName(name: string): string {
  return writeSigma(formerAccountName(name));
}

/** The same as it was before sigmas were written alike. */
const formerAccountName = (name: string): string =>
  mapWidth(name.toWellFormed()).toLowerCase().normalize('NFC');

/**
 * Returns the form that a name or address had in earlier releases, in which an account may still be stored whose new form was
 * taken when the database was brought up to date. Nothing can be stored in it any more that is not its new form as well.
 */
export function formerSignInName(name: string): string {
  const trimmed = name.trim();
  return trimmed.includes('@') ? formerEmail(trimmed) : formerAccountName(trimmed);
}

/** Returns what someone typed to sign in, ready for look-up: an e-mail address keeps its `@`. */
export function canonicalSignInName(name: string): string {
  const trimmed = name.trim();
  return trimmed.includes('@') ? canonicalEmail(trimmed) : canonicalAccountName(trimmed);
}

function oneScript(name: string): boolean {
  const letters = name.replace(/[0-9._-]/g, '');
  return patterns().scripts.some((script) => script.test(letters));
}

/** Also with dots and hyphens taken out: `ad.min` misleads like `admin`. */
function isReserved(name: string): boolean {
  const skeleton = nameSkeleton(name);
  const { reserved } = patterns();
  return reserved.has(skeleton) || reserved.has(skeleton.replace(/[._-]/g, ''));
}

/**
 * A name that is written from right to left begins with such a letter and has no others: those that every script may have, as
 * U+02BB, are written from left to right, or as what is beside them. Digits are of one kind already. [RFC 5893 2, rules 1 to 4]
 */
function isAgainstItsDirection(name: string): boolean {
  const letters = name.replace(/\p{M}/gu, '');
  const rightToLeft = /\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Thaana}/u;
  if (!rightToLeft.test(letters)) return false;
  return !/^(?![0-9])(?:[0-9._-]|\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Thaana})+$/u.test(letters);
}

const refuse = (reason: string, message: string): Failure<'account_name_invalid'> => {
  const detail: ErrorDetail = { path: 'user.account_name', reason, message };
  return fail('account_name_invalid', { details: [detail] });
};

/**
 * What the first administrator may be called besides: the holder of the setup code runs the server, so these names say the
 * truth about them. Not the names of nobody, of programs and of parts of the server, which mislead whoever bears them; and not
 * what merely looks like one of these.
 */
const OF_AN_ADMINISTRATOR: ReadonlySet<string> = new Set(
  'admin administrator root sysadmin operator owner superuser hostmaster postmaster webmaster'.split(' '),
);

/**
 * Returns the canonical form of a new account's name, or the reason why nobody can be called that. `first`: for whoever holds
 * the setup code; whether it is valid is decided where the account is made, and without it there is no account.
 */
export function newAccountName(
  name: string,
  { first = false } = {},
): string | Failure<'account_name_invalid'> {
  const canonical = canonicalAccountName(name);
  const length = codePoints(canonical);
  if (length < LIMITS.account_name_length_min) {
    return refuse('too_short', `The name needs at least ${LIMITS.account_name_length_min} characters.`);
  }
  if (length > LIMITS.account_name_length_max) {
    return refuse('too_long', `The name can have at most ${LIMITS.account_name_length_max} characters.`);
  }
  if (!patterns().characters.test(canonical)) {
    return refuse('character', 'Only letters in use today, digits and . _ - can be in a name.');
  }
  // A character that this Node normalises away, whatever the table of an older Unicode says. [RFC 8264 9.17 HasCompat]
  if (canonical.normalize('NFKC') !== canonical) return refuse('character', 'Use plain letters.');
  if (!/^[\p{Ll}\p{Lo}0-9]/u.test(canonical) || /[._-]$/u.test(canonical) || /[._-]{2}/u.test(canonical)) {
    return refuse('punctuation', 'A name begins with a letter or digit; . _ - stand alone between others.');
  }
  if (!/\p{L}/u.test(canonical)) return refuse('no_letter', 'A name needs at least one letter.');
  // [UTS 39 5.4]; three are met in Indic scripts, the same one twice nowhere.
  if (/\p{M}{4}|(\p{M})\1|[0-9._-]\p{M}/u.test(canonical)) {
    return refuse('character', 'Marks belong on letters: at most three, and none twice.');
  }
  // A dot that nobody sees: the letter below has one. [UTS 39 5.4]
  if (hidesDot(canonical)) return refuse('character', 'No dot can be put on a letter that has one.');
  if (!oneScript(canonical)) return refuse('mixed_scripts', 'All letters of a name must be of one script.');
  if (isAgainstItsDirection(canonical)) {
    return refuse(
      'direction',
      'A name that is written from right to left begins with a letter and has no others.',
    );
  }
  if (first && OF_AN_ADMINISTRATOR.has(canonical)) return canonical;
  if (isReserved(canonical)) return refuse('reserved', 'This name is reserved, or looks like one that is.');
  return canonical;
}
