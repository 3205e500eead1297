import { expect, test } from 'vitest';
import { Turns } from '../../../src/server/net/turns.js';

/** A clock that moves when it is told to, and turns that keep time by it. */
function clockwork(): { turns: Turns; pass: (ms: number) => void; now: () => number } {
  let time = 100;
  const now = (): number => time;
  return { turns: new Turns(now), now, pass: (ms) => (time += ms) };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('work goes on at once while there is time, and waits when the turn is used up', async () => {
  const { turns, pass, now } = clockwork();
  expect(turns.hasTime(now())).toBe(true);
  pass(1);
  expect(turns.hasTime(now())).toBe(true);
  pass(10);
  expect(turns.hasTime(now())).toBe(false);
  await nextTurn();
  expect(turns.hasTime(now())).toBe(true);
});

test('all that wait get their turn, in order, and never more of them at once than there is time for', async () => {
  const { turns, pass } = clockwork();
  const done: number[] = [];
  const atOnce: number[] = [];
  for (let number = 0; number < 10; number += 1) {
    turns.wait({
      takeTurn: () => {
        done.push(number);
        pass(2);
      },
    });
  }
  while (done.length < 10) {
    const before = done.length;
    await nextTurn();
    atOnce.push(done.length - before);
  }
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(Math.max(...atOnce)).toBe(2);
});

test('who has much to do comes again behind the others', async () => {
  const { turns, now } = clockwork();
  const done: string[] = [];
  const greedy = {
    takeTurn: (): void => {
      done.push('greedy');
      if (done.length < 6) turns.wait(greedy);
    },
  };
  const modest = {
    takeTurn: (): void => {
      done.push('modest');
    },
  };
  turns.wait(greedy);
  turns.wait(modest);
  await nextTurn();
  expect(done).toEqual(['greedy', 'modest']);
  // While somebody waits, nobody overtakes.
  expect(turns.hasTime(now())).toBe(false);
  while (done.filter((one) => one === 'greedy').length < 3) await nextTurn();
  expect(done.slice(0, 4)).toEqual(['greedy', 'modest', 'greedy', 'greedy']);
});
