/**
 * What is said about a password while it is typed: how far it is, what makes it guessable, and the policy in words. A rough
 * guess; the server alone decides. Pure.
 */
import type { FormValues } from '../components/form_model.js';
import type { Translate } from '../i18n/index.js';

const GOOD_LENGTH = 16;
const FAIR_LENGTH = 12;
/** Fewer different characters than this are as weak as few characters. */
const DIFFERENT_MIN = 6;
const METER_CELLS = 10;
/** Runs that everybody tries; each also counts backwards. */
const RUNS = [
  '0123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'йцукенгшщзхъ',
  'фывапролджэ',
];
const RUN_LENGTH_MIN = 3;

/** Each gives what a form says under a new password. */
export type PasswordNote = (value: string, values: FormValues) => readonly string[];

/** The password without the runs that everybody tries: what is left is what has to be guessed. */
function withoutRuns(text: string): string {
  let left = text;
  for (const run of [...RUNS, ...RUNS.map((row) => Array.from(row).reverse().join(''))]) {
    for (let length = run.length; length >= RUN_LENGTH_MIN; length -= 1) {
      for (let from = 0; from + length <= run.length; from += 1) {
        left = left.replaceAll(run.slice(from, from + length), '');
      }
    }
  }
  return left;
}

const repeats = (text: string): boolean => text.length > 1 && (text + text).indexOf(text, 1) < text.length;

/** 0 … 3, and the reason where there is one worth telling. */
export function passwordStrength(
  value: string,
  names: readonly string[],
): { readonly level: 0 | 1 | 2 | 3; readonly reason: 'run' | 'repeated' | 'name' | 'date' | null } {
  const text = value.toLowerCase();
  const points = Array.from(text);
  if (repeats(text)) return { level: 0, reason: 'repeated' };
  if (/^[\d./_ -]{6,10}$/.test(text) && /(19|20)\d\d/.test(text)) return { level: 0, reason: 'date' };
  const bare = withoutRuns(text);
  if (Array.from(bare).length < DIFFERENT_MIN && bare.length < text.length)
    return { level: 0, reason: 'run' };
  const rest = names.reduce(
    (left, name) => (name.length < 3 ? left : left.replaceAll(name.toLowerCase(), '')),
    text,
  );
  if (rest.length < text.length && Array.from(rest).length < DIFFERENT_MIN)
    return { level: 0, reason: 'name' };
  if (new Set(points).size < DIFFERENT_MIN) return { level: 1, reason: null };
  if (points.length >= GOOD_LENGTH) return { level: 3, reason: null };
  return { level: points.length >= FAIR_LENGTH ? 2 : 1, reason: null };
}

const LEVELS = ['strength_weak', 'strength_weak', 'strength_fair', 'strength_good'] as const;

export function passwordNote(t: Translate, length_min: number): PasswordNote {
  return (value, values) => {
    const policy = t('password_policy', { count: length_min });
    const length = Array.from(value).length;
    if (length === 0) return [policy];
    const names = ['account_name', 'first_name', 'last_name'].map((name) => values[name] ?? '');
    const { level, reason } = passwordStrength(value, names);
    const short = length < length_min;
    const part = short ? Math.min(0.3, (0.3 * length) / length_min) : [0.2, 0.4, 0.7, 1][level];
    const full = Math.max(1, Math.round((part ?? 0) * METER_CELLS));
    const meter = '█'.repeat(full) + '░'.repeat(METER_CELLS - full);
    const words = short
      ? t('strength_needs', { count: length_min - length })
      : reason === null
        ? t(LEVELS[level])
        : t(`strength_${reason}`);
    return [`${meter} ${words}`, ...(level === 3 && !short ? [] : [policy])];
  };
}
