/**
 * What is said about a password while it is typed: how far it is, what makes it guessable, and the policy in words. A rough
 * guess; the server alone decides.
 */
import type { FormValues } from '../components/index.js';
import type { Translate } from '../i18n/index.js';
import { codePoints } from '../../protocol/index.js';
import { estimatePassword } from '../password/index.js';

const METER_CELLS = 10;
/** Each gives what a form says under a new password. */
export type PasswordNote = (value: string, values: FormValues) => readonly string[];

const LEVELS = ['strength_weak', 'strength_weak', 'strength_fair', 'strength_good'] as const;

export function passwordNote(t: Translate, length_min: number): PasswordNote {
  return (value, values) => {
    const policy = t('password_policy', { count: length_min });
    const length = codePoints(value);
    if (length === 0) return [policy];
    const names = ['account_name', 'first_name', 'last_name'].map((name) => values[name] ?? '');
    const short = length < length_min;
    const estimate = estimatePassword(value, names, length_min);
    if (estimate === null && !short) return [policy];
    const { level, reason } = estimate ?? { level: 0, reason: null };
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
