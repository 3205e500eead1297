/** What is said about a password while it is typed. A rough guess: the server alone decides. Pure. */
import type { Translate } from '../i18n/index.js';

const GOOD_LENGTH = 16;
const FAIR_LENGTH = 12;
/** Fewer different characters than this are as weak as few characters. */
const DIFFERENT_MIN = 6;

export function passwordNote(t: Translate, length_min: number): (value: string) => string {
  return (value) => {
    const points = Array.from(value);
    if (points.length === 0) return '';
    if (points.length < length_min) return t('strength_needs', { count: length_min - points.length });
    const different = new Set(points).size;
    if (different < DIFFERENT_MIN) return t('strength_weak');
    if (points.length >= GOOD_LENGTH) return t('strength_good');
    return points.length >= FAIR_LENGTH ? t('strength_fair') : t('strength_weak');
  };
}
