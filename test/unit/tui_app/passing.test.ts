/** Messages and the way back go by themselves. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEffects } from '../../../src/tui/effects/effects.js';
import { initialState } from '../../../src/tui/state/model.js';
import { TOAST_MS } from '../../../src/tui/state/navigation.js';
import { createAppStore } from '../../../src/tui/state/store.js';
import { undoable } from '../../../src/tui/state/undo.js';
import { NOW } from '../../support/accounts.js';

describe('what is told in passing', () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  test('goes when its time is over, whoever said it, and so does what can be taken back', () => {
    vi.useFakeTimers({ now: NOW });
    const store = createAppStore(initialState({ language: 'en', server_label: '', tls: false }));
    createEffects({ store, data_folder: '', version: '0', now: () => Date.now() });
    const dark = undoable((state) => ({ ...state, theme: 'dark' }), { key: 'undo_theme' }, Date.now());
    store.setState(dark);
    vi.advanceTimersByTime(TOAST_MS - 1);
    expect(store.getState().toasts).toHaveLength(1);
    vi.advanceTimersByTime(20);
    expect(store.getState().toasts).toEqual([]);
    expect(store.getState().person.undo).toBeNull();
    store.setState(undoable((state) => ({ ...state, theme: 'light' }), null, Date.now()));
    vi.advanceTimersByTime(TOAST_MS + 20);
    expect(store.getState().person.undo).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('stays no longer because the clock was set back; an error stays until it is dismissed', () => {
    vi.useFakeTimers({ now: NOW });
    const store = createAppStore(initialState({ language: 'en', server_label: '', tls: false }));
    const effects = createEffects({ store, data_folder: '', version: '0', now: () => Date.now() });
    effects.toast('error', { key: 'nothing_changed' });
    effects.toast('ok', { key: 'profile_saved' });
    vi.setSystemTime(NOW - 3_600_000);
    vi.advanceTimersByTime(TOAST_MS + 20);
    expect(store.getState().toasts.map(({ kind }) => kind)).toEqual(['error']);
    // What is said while others are told has its own time.
    effects.toast('info', { key: 'undone' });
    vi.advanceTimersByTime(TOAST_MS - 100);
    effects.toast('ok', { key: 'profile_saved' });
    expect(store.getState().toasts).toHaveLength(3);
    vi.advanceTimersByTime(200);
    expect(store.getState().toasts.map(({ kind }) => kind)).toEqual(['error', 'ok']);
    vi.advanceTimersByTime(TOAST_MS * 100);
    expect(store.getState().toasts.map(({ kind }) => kind)).toEqual(['error']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
