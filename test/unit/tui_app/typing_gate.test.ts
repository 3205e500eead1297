import { expect, test } from 'vitest';
import { TypingGate } from '../../../src/tui/app/typing_gate.js';
import { initialState, lock, setScreen, signedOut, unasked } from '../../../src/tui/state/index.js';

/** Returns which of the keys, at milliseconds after a change at 1,000, are let through. */
function through(...keys: readonly number[]): readonly number[] {
  const gate = new TypingGate();
  expect(gate.lets(999)).toBe(true);
  gate.changed(1_000);
  return keys.filter((key) => gate.lets(1_000 + key));
}

test('without a change everything goes through', () => {
  const gate = new TypingGate();
  expect([0, 1, 2, 500].map((now) => gate.lets(now))).toEqual([true, true, true, true]);
});

test('keys right after a change are dropped, and all that follow them without a pause', () => {
  expect(through(0, 100, 250, 500, 790)).toEqual([]);
  expect(through(0, 100, 400, 410)).toEqual([400, 410]);
  expect(through(300)).toEqual([300]);
  expect(through(299, 598, 897, 1_197, 1_198)).toEqual([1_197, 1_198]);
});

test('another change closes it again', () => {
  const gate = new TypingGate();
  gate.changed(0);
  expect(gate.lets(300)).toBe(true);
  gate.changed(310);
  expect(gate.lets(320)).toBe(false);
  expect(gate.lets(620)).toBe(true);
});

test('only what comes by itself counts as such', () => {
  const state = initialState({ language: 'en', server_label: '', tls: false });
  expect(setScreen({ name: 'home' })(state).unasked).toBe(0);
  expect(signedOut(null)(state).unasked).toBe(0);
  expect(unasked(signedOut('revoked'))(state).unasked).toBe(1);
  expect(lock(state).unasked).toBe(1);
  expect(unasked((same) => same)(state)).toBe(state);
});
