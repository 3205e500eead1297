/** The pure changes of the state: page windows of the users table, the stack of screens, toasts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addToast,
  closeOverlay,
  expireToasts,
  initialState,
  listFailed,
  LISTS,
  missingPage,
  NOBODY,
  openOverlay,
  pageArrived,
  popScreen,
  pushScreen,
  queryKey,
  rowAt,
  screenOf,
  selectRow,
  setQuery,
  setScreen,
  signedOut,
  TOAST_MS,
  userChanged,
  type AppState,
} from '../../../src/tui/state/index.js';
import { TOASTS_MAX } from '../../../src/tui/state/navigation.js';
import { editedText, editText, EMPTY_TEXT, textOf, type Edit } from '../../../src/tui/state/text_edit.js';
import { problem } from '../../../src/tui/i18n/problem.js';
import { graphemes } from '../../../src/tui/text/index.js';
import { HOME_STATE, manyAccounts, stateOf } from '../../support/accounts.js';

const start = (): AppState => initialState({ language: 'en', server_label: 'x', tls: false });
const FIRST_QUERY = LISTS.users.first_query;
const PAGE_ROWS = LISTS.users.page_rows;
const KEY = queryKey(FIRST_QUERY);
const usersOf = (state: AppState) => state.person.lists.users;
const ALL = manyAccounts(900);
const page = (number: number, all = ALL) => ({
  rows: all.slice(number * PAGE_ROWS, (number + 1) * PAGE_ROWS),
  next_cursor: (number + 1) * PAGE_ROWS < all.length ? `after_${number}` : null,
  total: all.length,
  total_is_exact: true,
});

describe('users table', () => {
  test('pages come one after the other, and the list knows its length', () => {
    let state = pageArrived('users', KEY, 0, page(0), false)(start());
    expect(usersOf(state).row_count).toBe(900);
    expect(rowAt(usersOf(state), 199)).toBe(ALL[199]);
    expect(rowAt(usersOf(state), 200)).toBeUndefined();
    // The fifth page can be reached only through those before it.
    const read: number[] = [];
    for (
      let next = missingPage(usersOf(state), 890, 899);
      next !== null;
      next = missingPage(usersOf(state), 890, 899)
    ) {
      read.push(next);
      state = pageArrived('users', KEY, next, page(next), false)(state);
    }
    expect(read).toEqual([1, 2, 3, 4]);
    expect(rowAt(usersOf(state), 899)).toBe(ALL[899]);
    expect(usersOf(state).complete).toBe(true);
  });
  test('an answer to an old question is dropped, a failure of it as well', () => {
    const first = pageArrived('users', KEY, 0, page(0), false)(start());
    const asked = setQuery('users', { ...FIRST_QUERY, search: 'iv' })(first);
    expect(pageArrived('users', KEY, 0, page(0, ALL.slice(0, 3)), false)(asked)).toBe(asked);
    expect(listFailed('users', KEY, problem('busy'))(asked)).toBe(asked);
    expect(usersOf(asked).row_count).toBe(900);
  });
  test('the old rows stay until the new first page is there', () => {
    const first = pageArrived('users', KEY, 0, page(0), false)(start());
    const asked = setQuery('users', { ...FIRST_QUERY, search: 'iv' })(selectRow('users', 7)(first));
    expect(rowAt(usersOf(asked), 7)).toBe(ALL[7]);
    const answered = pageArrived(
      'users',
      queryKey(usersOf(asked).query),
      0,
      page(0, ALL.slice(0, 3)),
      false,
    )(asked);
    expect(usersOf(answered).row_count).toBe(3);
    expect(usersOf(answered).selected).toBe(0);
  });
  test('a refresh keeps the selected account selected', () => {
    const first = selectRow('users', 5)(pageArrived('users', KEY, 0, page(0), false)(start()));
    const again = pageArrived('users', KEY, 0, page(0, ALL.slice(2)), true)(first);
    expect(rowAt(usersOf(again), usersOf(again).selected)).toBe(ALL[5]);
  });
  test('at most twenty pages are kept', () => {
    const many = manyAccounts(30 * PAGE_ROWS);
    let state = start();
    for (let number = 0; number < 30; number += 1)
      state = pageArrived('users', KEY, number, page(number, many), false)(state);
    expect(usersOf(state).pages.size).toBe(20);
    expect(missingPage(usersOf(state), 0, 10)).toBe(0);
    // Read again, the first page replaces nothing else.
    expect(usersOf(pageArrived('users', KEY, 0, page(0, many), false)(state)).pages.size).toBe(20);
  });
  test('a changed account is changed wherever it is shown', () => {
    const first = pageArrived('users', KEY, 0, page(0), false)(start());
    const changed = userChanged({ ...ALL[3]!, status: 'suspended' })(first);
    expect(rowAt(usersOf(changed), 3)?.status).toBe('suspended');
    expect(rowAt(usersOf(changed), 4)).toBe(ALL[4]);
  });
  test('the selection stays inside the list', () => {
    fc.assert(
      fc.property(fc.integer(), (index) => {
        const state = selectRow('users', index)(pageArrived('users', KEY, 0, page(0), false)(start()));
        expect(usersOf(state).selected).toBeGreaterThanOrEqual(0);
        expect(usersOf(state).selected).toBeLessThan(900);
      }),
    );
    expect(usersOf(selectRow('users', 5)(start())).selected).toBe(0);
  });
});

describe('screens and overlays', () => {
  test('back never leaves the root', () => {
    const deep = pushScreen({ name: 'edit_profile' })(setScreen({ name: 'home' })(start()));
    expect(screenOf(deep).name).toBe('edit_profile');
    expect(screenOf(popScreen(popScreen(popScreen(deep)))).name).toBe('home');
  });
  test('a new screen closes what was over the old one', () => {
    const open = openOverlay({ name: 'help' })(start());
    expect(pushScreen({ name: 'register' })(open).overlays).toEqual([]);
    expect(closeOverlay(closeOverlay(open)).overlays).toEqual([]);
  });
  test('signing out leaves nothing of the person behind', () => {
    const state = signedOut('account_suspended')(stateOf(start(), HOME_STATE));
    expect(screenOf(state).name).toBe('sign_in');
    expect(state.person).toBe(NOBODY);
    expect(JSON.stringify(state)).not.toContain('anna');
  });
  test('errors stay until they are dismissed, others go; there are never many', () => {
    let state = addToast('error', { key: 'loading' }, 0)(start());
    state = addToast('ok', { key: 'loading' }, 0)(state);
    expect(expireToasts(TOAST_MS)(state).toasts.map(({ kind }) => kind)).toEqual(['error']);
    for (let at = 0; at < 20; at += 1) state = addToast('info', { key: 'loading' }, 0)(state);
    expect(state.toasts.length).toBe(TOASTS_MAX);
  });
});

describe('text field', () => {
  const edit = fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), text: fc.string({ unit: 'grapheme', maxLength: 4 }) }),
    fc.record({
      kind: fc.constantFrom(
        'left' as const,
        'right' as const,
        'home' as const,
        'end' as const,
        'backspace' as const,
        'delete' as const,
        'word_left' as const,
        'word_right' as const,
        'word_back' as const,
        'kill_left' as const,
        'kill_right' as const,
        'clear' as const,
      ),
    }),
  );
  test('whatever is done, it holds graphemes, a cursor among them, and no more than it may', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60 }), (edits: Edit[]) => {
        let text = EMPTY_TEXT;
        for (const change of edits) {
          text = editText(text, change, 40);
          expect(text.parts).toEqual(graphemes(textOf(text)));
          expect(text.cursor).toBeGreaterThanOrEqual(0);
          expect(text.cursor).toBeLessThanOrEqual(text.parts.length);
          expect(textOf(text).length).toBeLessThanOrEqual(40);
        }
      }),
    );
  });
  test('agrees with a model of two halves, in text that does not join across edits', () => {
    const simple = fc.oneof(
      fc.record({
        kind: fc.constant('insert' as const),
        text: fc.string({ unit: fc.constantFrom('a', 'ж', '東', '👩🏽', ' '), maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constantFrom(
          'left' as const,
          'right' as const,
          'home' as const,
          'end' as const,
          'backspace' as const,
          'delete' as const,
          'kill_left' as const,
          'kill_right' as const,
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(simple, { maxLength: 60 }), (edits: Edit[]) => {
        let left: string[] = [];
        let right: string[] = [];
        let text = EMPTY_TEXT;
        for (const change of edits) {
          text = editText(text, change, 10_000);
          if (change.kind === 'insert') left.push(...graphemes(change.text));
          else if (change.kind === 'left' && left.length > 0) right.unshift(left.pop()!);
          else if (change.kind === 'right' && right.length > 0) left.push(right.shift()!);
          else if (change.kind === 'home') [left, right] = [[], [...left, ...right]];
          else if (change.kind === 'end') [left, right] = [[...left, ...right], []];
          else if (change.kind === 'backspace') left.pop();
          else if (change.kind === 'delete') right.shift();
          else if (change.kind === 'kill_left') left = [];
          else if (change.kind === 'kill_right') right = [];
          expect(text).toEqual({ parts: [...left, ...right], cursor: left.length });
        }
      }),
    );
  });
  test('words', () => {
    const text = editedText('one two  three');
    expect(textOf(editText(text, { kind: 'word_back' }, 99))).toBe('one two  ');
    expect(editText(text, { kind: 'word_left' }, 99).cursor).toBe(9);
    expect(editText({ ...text, cursor: 0 }, { kind: 'word_right' }, 99).cursor).toBe(3);
  });
});
