/** The rule about roles by itself: whatever two people do who look after them, nobody comes by what neither of them had. */
import { expect, test } from 'vitest';
import {
  ACTS,
  BEGINNING,
  carriedOut,
  PEOPLE,
  permissionsIn,
  type RoleState,
} from '../../support/role_model.js';

const LENGTH = 4;

test(`[T-25] [T-34] all sequences of up to ${LENGTH} acts: each gives only what whoever acts has`, () => {
  const all = new Set(PEOPLE.flatMap((person) => [...permissionsIn(BEGINNING, person)]));
  expect(all.has('server.read')).toBe(false);
  const keyOf = (state: RoleState): string => JSON.stringify(state);
  const seen = new Set([keyOf(BEGINNING)]);
  let done = 0;
  // Sequences that lead to the same go on in the same way, so each state is gone on from once.
  for (let [length, states] = [0, [BEGINNING]]; length < LENGTH; length += 1) {
    const next: RoleState[] = [];
    for (const state of states)
      for (const act of ACTS) {
        const { code, state: after } = carriedOut(state, act);
        if (code !== null) continue;
        done += 1;
        const mine = permissionsIn(state, act.by);
        for (const person of PEOPLE) {
          const before = permissionsIn(state, person);
          for (const permission of permissionsIn(after, person)) {
            if (before.has(permission) || mine.has(permission)) continue;
            throw new Error(`${JSON.stringify(act)} gives ${person} ${permission}, which ${act.by} lacks`);
          }
        }
        const key = keyOf(after);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(after);
      }
    states = next;
  }
  expect(seen.size).toBeGreaterThan(400);
  expect(done).toBeGreaterThan(1_000);
});

test('what each can do at first is some of it, and not all', () => {
  for (const by of ['chief', 'lead'] as const) {
    const codes = ACTS.filter((act) => act.by === by).map((act) => carriedOut(BEGINNING, act).code);
    expect(codes.filter((code) => code === null).length, by).toBeGreaterThan(2);
    expect(codes.filter((code) => code === 'forbidden').length, by).toBeGreaterThan(10);
  }
});
