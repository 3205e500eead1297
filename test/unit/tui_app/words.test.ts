/** Nothing is left without words: every key and every code in both languages, with the same places to fill. */
import { describe, expect, test } from 'vitest';
import { CLIENT_ERRORS } from '../../../src/client/index.js';
import { ERROR_CODES, SESSION_END_REASONS } from '../../../src/protocol/index.js';
import { ago, dateTime } from '../../../src/tui/i18n/dates.js';
import {
  CLIENT_ERROR_CODES,
  DICTIONARIES,
  languageOfLocale,
  PROBLEM_CODES,
  PROBLEMS,
  translatorOf,
  type Message,
  type MessageKey,
} from '../../../src/tui/i18n/index.js';
import { ACTION_IDS } from '../../../src/tui/input/keymap.js';

process.env['TZ'] = 'UTC';

const forms = (message: Message): string[] =>
  typeof message === 'string' ? [message] : Object.values(message);
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();

describe('dictionaries', () => {
  test('both languages have the same keys', () => {
    expect(Object.keys(DICTIONARIES.ru).sort()).toEqual(Object.keys(DICTIONARIES.en).sort());
  });
  test.each(Object.keys(DICTIONARIES.en) as MessageKey[])('%s has the same places in every form', (key) => {
    const wanted = new Set(forms(DICTIONARIES.en[key]).flatMap(places));
    for (const form of [...forms(DICTIONARIES.en[key]), ...forms(DICTIONARIES.ru[key])]) {
      expect(form).not.toBe('');
      expect(new Set(places(form))).toEqual(wanted);
    }
  });
  test('no Russian text is English left over', () => {
    const same = (Object.keys(DICTIONARIES.en) as MessageKey[]).filter(
      (key) =>
        /[a-z]{3}/.test(
          forms(DICTIONARIES.ru[key])
            .join()
            .replace(/\{\w+\}|portcullis|pcc_|Enter|Esc|URL|Ctrl/gi, ''),
        ) &&
        key !== 'app_name' &&
        key !== 'field_locale',
    );
    expect(same).toEqual([]);
  });
  test('every action of the keymap has its words', () => {
    for (const id of ACTION_IDS) expect(DICTIONARIES.en).toHaveProperty([`key_${id}`]);
  });
  test('every reason for the end of a session has its words', () => {
    for (const reason of Object.keys(SESSION_END_REASONS)) {
      expect(DICTIONARIES.en).toHaveProperty([`signed_out_${reason}`]);
    }
  });
});

describe('problems', () => {
  test('the list of client codes is the client’s own', () => {
    expect([...CLIENT_ERROR_CODES].sort()).toEqual(Object.keys(CLIENT_ERRORS).sort());
  });
  test.each([...PROBLEM_CODES])('%s has a sentence in both languages', (code) => {
    expect(ERROR_CODES.every((known) => PROBLEM_CODES.includes(known))).toBe(true);
    for (const language of ['en', 'ru'] as const) {
      const [sentence] = PROBLEMS[language][code];
      expect(sentence).toMatch(/\.$/);
    }
    expect(PROBLEMS.ru[code][0]).toMatch(/[а-я]/);
    expect(PROBLEMS.ru[code][1] === '').toBe(PROBLEMS.en[code][1] === '');
  });
});

describe('numbers, dates and locales', () => {
  test('Russian has its three plurals', () => {
    const t = translatorOf('ru');
    expect([1, 2, 5, 11, 21, 22, 25].map((count) => t('users_count', { count }))).toEqual([
      '1 запись',
      '2 записи',
      '5 записей',
      '11 записей',
      '21 запись',
      '22 записи',
      '25 записей',
    ]);
  });
  test('dates are the same in both languages', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4);
    expect(dateTime('en', at)).toBe('2026-01-02 03:04');
    expect(dateTime('ru', at)).toBe('2026-01-02 03:04');
  });
  test('ago', () => {
    const t = translatorOf('en');
    const now = Date.UTC(2026, 0, 2);
    const minute = 60_000;
    const spans = [0, minute, 2 * minute, 59 * minute, 60 * minute, 47 * 60 * minute, 40 * 1440 * minute];
    expect(spans.map((span) => ago(t, 'en', now - span, now))).toEqual([
      'now',
      'now',
      '2 min',
      '59 min',
      '1 h',
      '1 d',
      '2025-11-23',
    ]);
    expect(ago(t, 'en', null, now)).toBe('never');
  });
  test.each([
    ['ru_RU.UTF-8', 'ru'],
    ['en_US', 'en'],
    ['de_DE', null],
    ['C', null],
    [undefined, null],
  ])('%s is %s', (locale, language) => {
    expect(languageOfLocale(locale)).toBe(language);
  });
});
