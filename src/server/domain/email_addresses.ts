/**
 * Which e-mail addresses are taken, and when two are the same. Normalise first, then validate: what is checked is what is
 * stored and handed to the mailer. Whether mail arrives only mail can tell.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { fail, LIMITS, type Failure } from '../../protocol/index.js';

/** Bytes before the `@`. [RFC 5321 4.5.3.1.1] */
const LOCAL_BYTES_MAX = 64;
/** [RFC 1035 2.3.4] */
const LABEL_LENGTH_MAX = 63;

/**
 * Words of letters, digits and the marks of `atext` with single dots between them. [RFC 5322 3.2.3, RFC 6532 3.2] Quoted
 * local parts and comments are refused: hardly anybody has one, and programs disagree about where they end.
 */
const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-][\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]*$/u;
const LABEL = /^[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;
/** A top-level domain is letters, or a punycoded word: so `1.2.3.4` and `0x7f` are never read as network addresses. */
const TOP = /^([a-z]{2,}|xn--[a-z0-9-]+)$/;

/** Blocks of scripts that are written from right to left; marks and digits of theirs are in them as well. */
const RIGHT_TO_LEFT =
  '\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}';
const HAS_RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT}]`, 'u');
/** Begins with a letter of such a script, and no letter of another is mixed in. [RFC 5893 2, rules 1 to 3] */
const ALL_RIGHT_TO_LEFT = new RegExp(`^(?=\\p{L})[${RIGHT_TO_LEFT}](?:[${RIGHT_TO_LEFT}0-9-]|\\p{M})*$`, 'u');
/** Digits of the one and of the other kind together are shown in an order that nobody expects. [RFC 5893 2, rule 4] */
const ARABIC_DIGITS = /[\u0660-\u0669]/;
const EUROPEAN_DIGITS = /[0-9\u06f0-\u06f9]/;

/** Returns whether a label stays in one piece in a domain that has a word written from right to left. */
const keepsItsOrder = (label: string): boolean =>
  HAS_RIGHT_TO_LEFT.test(label)
    ? ALL_RIGHT_TO_LEFT.test(label) && !(ARABIC_DIGITS.test(label) && EUROPEAN_DIGITS.test(label))
    : /^\p{L}/u.test(label);

/**
 * Returns whether a word in ASCII says that it is punycode and is not: it can't be decoded, or it stands for a text that is no word
 * of a domain or is written in another way. Shown decoded it would then be another domain: `xn--abc-` would be `abc`. Versions of Node differ in
 * what they give for such a word [RFC 5891 4.4, UTS 46]; all agree about those that survive both ways.
 */
function isFalsePunycode(label: string): boolean {
  if (!label.startsWith('xn--')) return false;
  const decoded = domainToUnicode(label);
  return !LABEL.test(decoded) || decoded.startsWith('xn--') || domainToASCII(decoded) !== label;
}

/** Returns the domain in ASCII, or null when it can't be one: the same on every Node that knows the characters. */
function asciiDomain(domain: string): string | null {
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return null;
  const last = labels.at(-1) ?? '';
  // Node's function takes an IPv4 address in any spelling as well, which starts with a digit in the last label.
  if (/^[0-9]/.test(last)) return null;
  const ascii = domainToASCII(domain);
  const parts = ascii.split('.');
  if (!parts.every((part) => part.length >= 1 && part.length <= LABEL_LENGTH_MAX)) return null;
  if (!TOP.test(parts.at(-1) ?? '') || parts.some(isFalsePunycode)) return null;
  const shown = domainToUnicode(ascii);
  return HAS_RIGHT_TO_LEFT.test(shown) && !shown.split('.').every(keepsItsOrder) ? null : ascii;
}

/**
 * Whether a text is shown as it is, and typed again as it is shown: no character that stands for others, and none that takes no
 * room. Domain names leave some of these out without a word. [Unicode 5.21, UTS 46 4]
 */
const isTypable = (text: string): boolean =>
  text.isWellFormed() &&
  text.normalize('NFKC') === text &&
  !/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text);

/**
 * A domain in lower case, character by character: what becomes of a capital sigma does not depend on what is beside it, nor on
 * whether a dot ends the word. [UTS 46 4]
 */
const lowerDomain = (domain: string): string =>
  Array.from(domain, (character) => character.toLowerCase())
    .join('')
    .normalize('NFC');

/** Returns both sides of the last `@`, or null. */
function split(email: string): readonly [local: string, domain: string] | null {
  const at = email.lastIndexOf('@');
  return at === -1 ? null : [email.slice(0, at), email.slice(at + 1)];
}

/**
 * Returns the form of an address that is unique and looked up: NFC and lower case, the domain in ASCII, so that a domain in
 * Cyrillic and its punycode are one. Total: what is no address comes out in lower case. The part before the `@` is folded
 * as well, although a receiver could tell cases apart [RFC 5321 2.4]: two accounts that differ in this alone would be a trap.
 */
export function canonicalEmail(email: string): string {
  const text = email.trim().toWellFormed().normalize('NFC');
  const parts = split(text);
  if (parts === null) return withOneSigma(text);
  const domain = lowerDomain(parts[1]);
  return `${withOneSigma(parts[0])}@${asciiDomain(domain) ?? domain}`;
}

/** Lower case in which a sigma is one letter: which of the two it is depends on what follows, and so on who folds the case. */
const withOneSigma = (text: string): string =>
  text.toLowerCase().replaceAll('\u03c2', '\u03c3').normalize('NFC');

/** The same as it was before sigmas were one letter; see `formerSignInName`. */
export function formerEmail(email: string): string {
  const lower = email.trim().toWellFormed().normalize('NFC').toLowerCase().normalize('NFC');
  const parts = split(lower);
  if (parts === null) return lower;
  const domain = asciiDomain(parts[1]);
  return domain === null ? lower : `${parts[0]}@${domain}`;
}

const refuse = (path: string, reason: string, message: string): Failure<'invalid_params'> =>
  fail('invalid_params', { details: [{ path, reason, message }] });

/**
 * Returns an address as it is stored and shown: NFC, the domain in lower case and in its own script. Or why it can't be used;
 * `path` names the parameter that it came in.
 */
export function newEmail(email: string, path: string): string | Failure<'invalid_params'> {
  const text = email.trim().normalize('NFC');
  const parts = split(text);
  if (parts === null || text.indexOf('@') !== text.lastIndexOf('@')) {
    return refuse(path, 'malformed', 'An address has exactly one @.');
  }
  const [local, domain] = parts;
  if (local === '' || domain === '') {
    return refuse(path, 'malformed', 'An address has something on both sides of the @.');
  }
  // NFKC turns some characters into `@`, dots or quotes: what a later program could read as another address is refused.
  if (!isTypable(text)) {
    return refuse(path, 'character', 'An address has no spaces, invisible or look-alike characters.');
  }
  if (Buffer.byteLength(local) > LOCAL_BYTES_MAX) {
    return refuse(path, 'too_long', `The part before the @ can have at most ${LOCAL_BYTES_MAX} bytes.`);
  }
  if (!local.split('.').every((word) => LOCAL.test(word))) {
    return refuse(path, 'local_part', 'The part before the @ is words with single dots between them.');
  }
  // In lower case first, as for the unique form. Of \u1e9e programs make \u00df or ss, by the version of UTS 46 that they follow:
  // which of the two domains is meant nobody can tell.
  const ascii = domain.includes('\u1e9e') ? null : asciiDomain(lowerDomain(domain));
  const shown = ascii === null ? '' : domainToUnicode(ascii).normalize('NFC');
  // What is stored is typed again one day, and has to lead back to the same domain.
  if (ascii === null || !isTypable(shown) || asciiDomain(lowerDomain(shown)) !== ascii) {
    return refuse(path, 'domain', 'The part after the @ is a domain name, such as example.org.');
  }
  if (Buffer.byteLength(local) + 1 + ascii.length > LIMITS.email_length_max) {
    return refuse(path, 'too_long', `An address can have at most ${LIMITS.email_length_max} bytes.`);
  }
  return `${local}@${shown}`;
}

/** Returns the same for a profile or a change of one: left out and null stay what they are. */
export function withNewEmail<P extends { readonly email?: string | null | undefined }>(
  profile: P,
  path: string,
): P | Failure<'invalid_params'> {
  if (profile.email === null || profile.email === undefined) return profile;
  const email = newEmail(profile.email, path);
  return typeof email === 'string' ? { ...profile, email } : email;
}
