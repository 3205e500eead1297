/** Dates and spans of time for people. A formatter is made when its language first shows a date: that takes 12 ms. */
import type { Language } from './message.js';
import type { Translate } from './words.js';

const LOCALES = { en: 'en-GB', ru: 'ru-RU' } as const satisfies Record<Language, string>;
const formats = new Map<Language, Intl.DateTimeFormat>();

function formatOf(language: Language): Intl.DateTimeFormat {
  const format = formats.get(language) ?? makeFormat(LOCALES[language]);
  formats.set(language, format);
  return format;
}

function makeFormat(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

/** `2026-08-21 12:00`, the same in both languages so that columns stay sortable by eye. */
export function dateTime(language: Language, at: number): string {
  const parts = new Map(
    formatOf(language)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
}

export const dateOnly = (language: Language, at: number): string => dateTime(language, at).slice(0, 10);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Returns how long ago, in one word or two; a date once it is more than 30 days. */
export function ago(t: Translate, language: Language, at: number | null, now: number): string {
  if (at === null) return t('never');
  const span = now - at;
  if (span < 2 * MINUTE_MS) return t('now');
  if (span < HOUR_MS) return t('minutes_ago', { count: Math.floor(span / MINUTE_MS) });
  if (span < DAY_MS) return t('hours_ago', { count: Math.floor(span / HOUR_MS) });
  if (span < 30 * DAY_MS) return t('days_ago', { count: Math.floor(span / DAY_MS) });
  return dateOnly(language, at);
}

/** Returns the longest that `ago` can say, for whoever keeps room for it. */
export const agoWords = (t: Translate): readonly string[] => [
  t('never'),
  t('now'),
  t('minutes_ago', { count: 59 }),
  '2026-08-21',
];
