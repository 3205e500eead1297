import { expect, test } from 'vitest';
import { FanOut } from '../../../src/server/net/fan_out.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that moves when it is told to, and a fan-out that keeps time by it. */
function clockwork(): { fan_out: FanOut; pass: (ms: number) => void } {
  let time = 100;
  return { fan_out: new FanOut(() => time), pass: (ms) => (time += ms) };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('a few are done at once', () => {
  const { fan_out } = clockwork();
  const done: number[] = [];
  let behind = 0;
  fan_out.each(
    upTo(3),
    (n) => done.push(n),
    () => (behind = done.length),
  );
  expect(done).toEqual([0, 1, 2]);
  expect(behind).toBe(3);
});

test('many are done in slices of 2 ms, however many jobs there are, and others have their turn in between', async () => {
  const { fan_out, pass } = clockwork();
  const done: string[] = [];
  const inOneTurn: number[] = [];
  const job = (name: string): void =>
    fan_out.each(upTo(20), (n) => {
      done.push(`${name}${n}`);
      pass(0.5);
    });
  job('a');
  job('b');
  inOneTurn.push(done.length);
  while (done.length < 40) {
    const before = done.length;
    await nextTurn();
    inOneTurn.push(done.length - before);
  }
  expect(Math.max(...inOneTurn)).toBe(4);
  // What was asked for first is done first.
  expect(done).toEqual([...upTo(20).map((n) => `a${n}`), ...upTo(20).map((n) => `b${n}`)]);
});

test('what one of them brings about comes behind all that was asked for before', async () => {
  const { fan_out, pass } = clockwork();
  const done: string[] = [];
  fan_out.each(['one', 'two'], (name) => {
    done.push(name);
    if (name === 'one') fan_out.each(['of one'], (more) => done.push(more));
    pass(3);
  });
  while (done.length < 3) await nextTurn();
  expect(done).toEqual(['one', 'two', 'of one']);
});

test('one that throws stops nobody else', async () => {
  const { fan_out } = clockwork();
  const done: number[] = [];
  expect(() =>
    fan_out.each(upTo(3), (n) => {
      if (n === 0) throw new Error('broken');
      done.push(n);
    }),
  ).toThrow('broken');
  await nextTurn();
  await nextTurn();
  expect(done).toEqual([1, 2]);
});
