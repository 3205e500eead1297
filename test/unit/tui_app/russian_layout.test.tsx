/** On the Russian layout: what lies behind a punctuation key has a letter as well, and the hints show what is typed. */
import { describe, expect, test } from 'vitest';
import {
  isPunctuation,
  KEY_ACTIONS,
  KeyConflict,
  Keymap,
  keysOn,
  layoutOf,
  PLACES,
  type Place,
} from '../../../src/tui/input/keymap.js';
import { SCREENS } from '../../../src/tui/state/index.js';
import { ADMIN_SESSION, HOME_STATE, usersState } from '../../support/accounts.js';
import { renderApp, type RenderedApp } from '../../support/render_app.js';

const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(812) } as const;
const footer = (app: RenderedApp): string => app.text().split('\n').at(-1) ?? '';
const isLetter = (key: string): boolean => /^[A-Za-z]$/.test(key);

const punctuated = Object.entries(KEY_ACTIONS).filter(([, { keys }]) => keys.some(isPunctuation));

describe('the table of keys', () => {
  test('has acts behind punctuation', () => {
    expect(punctuated.map(([id]) => id)).toEqual(
      expect.arrayContaining(['help', 'palette', 'search', 'mark_all']),
    );
  });
  test.each(punctuated)('%s has a letter too', (_, { keys }) => {
    expect(keys.filter(isLetter)).not.toEqual([]);
  });
  test.each(punctuated)('the letter of %s is no other act’s wherever both count', (id, { place, keys }) => {
    // What a screen says itself comes before what counts everywhere.
    const together = Object.values(SCREENS).map((entry): readonly Place[] => [...entry.keys, 'global']);
    for (const places of together.filter((all) => all.includes(place)))
      for (const [other, spec] of Object.entries(KEY_ACTIONS))
        if (other !== id && places.includes(spec.place))
          expect(
            keys.filter(isLetter).filter((key) => spec.keys.includes(key)),
            other,
          ).toEqual([]);
  });
  test('a key of one’s own that takes such a letter is told at the start', () => {
    expect(() => new Keymap({ filters: ['l'] })).toThrow(KeyConflict);
    expect(() => new Keymap({ quit: ['m'] })).toThrow('The key m is bound twice: to palette and to quit.');
  });
  test('every place is known to the document', () => {
    expect(new Set(Object.values(KEY_ACTIONS).map(({ place }) => place))).toEqual(new Set(PLACES));
  });
});

describe('which letters there are', () => {
  test.each([
    ['ф', 'russian'],
    ['Ё', 'russian'],
    ['a', 'latin'],
    ['Q', 'latin'],
    ['1', null],
    ['?', null],
    ['山', null],
  ] as const)('%s tells %s', (text, layout) => {
    expect(layoutOf(text)).toBe(layout);
  });
  test('a letter stands for punctuation, in front; chords and names stay', () => {
    expect(keysOn('latin', ['?', 'f1', 'h'])).toEqual(['?', 'F1', 'h']);
    expect(keysOn('russian', ['?', 'f1', 'h'])).toEqual(['р', 'F1', '?']);
    expect(keysOn('russian', ['up', 'k'])).toEqual(['↑', 'л']);
    expect(keysOn('russian', ['t', 'C-t'])).toEqual(['е', 'Ctrl+T']);
    expect(keysOn('russian', ['D'])).toEqual(['В']);
    expect(keysOn('russian', ['1'])).toEqual(['1']);
  });
});

describe('hints', () => {
  test('are Russian letters while these arrive, and Latin ones again afterwards', () => {
    using app = renderApp({ state: users, language: 'ru', cols: 160 });
    expect(footer(app)).toMatch(/\/ поиск.*\? помощь {2}: команда {2}q выход/);
    // о is j
    app.press('о');
    expect(app.store.getState().person.lists.users.selected).toBe(1);
    expect(footer(app)).toMatch(/д поиск.*ч действия.*р помощь {2}ь команда {2}й выход/);
    app.press('\x1b[B1');
    expect(footer(app)).toMatch(/р помощь/);
    app.press('k');
    expect(footer(app)).toMatch(/\? помощь {2}: команда {2}q выход/);
  });
  test('are Russian letters in the help and on the command line, and a question names the key that answers it', () => {
    using app = renderApp({ state: users, language: 'ru', cols: 100, rows: 60 });
    app.press('р');
    expect(app.text()).toMatch(/╭─ Клавиши здесь/);
    expect(app.text()).toMatch(/д \/ +поиск/);
    app.press('\x1bь');
    expect(app.text()).toMatch(/╭─ Команда/);
    expect(app.text()).toMatch(/ч +действия/);
    // An administrator: whoever else is suspended at once.
    app.press('\x1boooo'.replaceAll('o', 'о'));
    app.press('чы');
    expect(app.text()).toMatch(/н да +Esc нет/);
    app.press('н');
    expect(app.calls.some(([name]) => name === 'suspendUser')).toBe(true);
  });
});

describe('each act behind punctuation is done by its letter on the Russian layout', () => {
  test.each([
    ['help', 'р', /Keys here/],
    ['palette', 'ь', /╭─ Command/],
    ['search', 'ди', / \/ и/],
    ['mark_all', 'ф', /marked/],
    ['help_filter', 'рдquit', /Ctrl\+C/],
  ])('%s', async (_, keys, seen) => {
    using app = renderApp({ state: users });
    app.press(keys);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(app.text()).toMatch(seen);
  });
  test('typed into a field they are letters', () => {
    using app = renderApp({
      state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] },
    });
    app.press('рьфд');
    expect(app.text()).toContain('рьфд');
    expect(app.store.getState().overlays).toEqual([]);
  });
});
