import { expect, test } from 'vitest';
import {
  transition,
  type ConnectionChange,
  type ConnectionState,
} from '../../../src/server/net/connection_state.js';

const STATES: readonly ConnectionState[] = [
  'challenged',
  'greeted',
  'proving',
  'ready',
  'signed_in',
  'closing',
  'closed',
];
const CHANGES: readonly ConnectionChange[] = [
  'hello',
  'proof',
  'accept',
  'sign_in',
  'sign_out',
  'close',
  'gone',
];

/** All paths that there are; whatever isn't here must be refused. */
const POSSIBLE: Readonly<Record<string, ConnectionState>> = {
  'challenged hello': 'greeted',
  'greeted proof': 'proving',
  'proving accept': 'ready',
  'ready sign_in': 'signed_in',
  'signed_in sign_out': 'ready',
  'challenged close': 'closing',
  'greeted close': 'closing',
  'proving close': 'closing',
  'ready close': 'closing',
  'signed_in close': 'closing',
  'challenged gone': 'closed',
  'greeted gone': 'closed',
  'proving gone': 'closed',
  'ready gone': 'closed',
  'signed_in gone': 'closed',
  'closing gone': 'closed',
};

test('nobody reaches signed_in but by way of hello and proof', () => {
  for (const state of ['challenged', 'greeted', 'proving', 'closing', 'closed'] as const) {
    expect(transition(state, 'sign_in')).toBeNull();
  }
  for (const state of ['challenged', 'greeted'] as const) expect(transition(state, 'accept')).toBeNull();
  expect(transition('challenged', 'proof')).toBeNull();
  expect(transition('ready', 'hello')).toBeNull();
});

test.each(STATES.flatMap((state) => CHANGES.map((change) => [state, change] as const)))(
  '%s, then %s',
  (state, change) => {
    expect(transition(state, change)).toBe(POSSIBLE[`${state} ${change}`] ?? null);
  },
);
