/**
 * Whether several kinds of question can be told apart by the bytes or the time of their answers. The figure is the area under the
 * ROC curve: the chance that a sample of one kind is slower than one of the other; 0.5 is what guessing gives. Kinds are asked in
 * turns, so that whatever else the machine does slows all of them.
 */
import { expect } from 'vitest';
import { longOrShort } from './drill.js';
import type { RawPeer } from './raw_peer.js';

/** Samples of each kind. */
export const SAMPLES = longOrShort(300, 60);
/** When the first samples look suspicious, so many more of each kind decide. */
export const MORE_SAMPLES = longOrShort(300, 120);
const WARM_UP_ROUNDS = 5;
/** With 180 samples of two kinds the figure's standard error is 0.03, with 600 it is 0.017. */
const AUC_BOUNDS = [0.4, 0.6] as const;

export type Sample = { readonly bytes: string; readonly ms: number };
export type Samples<Kind extends string> = Record<Kind, Sample[]>;

export function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one): [number, T] => [Math.random(), one])
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

/** The chance that a member of `slower` is larger than one of `faster`, ties counted half. */
function auc(slower: readonly number[], faster: readonly number[]): number {
  let wins = 0;
  for (const one of slower) for (const other of faster) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (slower.length * faster.length);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

let nextId = 1;

/** Sends one request and gives the reply's bytes, with id and time replaced, and how long it took. */
export async function sample(peer: RawPeer, action: string, params: object): Promise<Sample> {
  // Ids of one length, so that the bytes can be compared.
  const id = `id-${String(nextId++).padStart(6, '0')}`;
  const began = performance.now();
  peer.send({ action, id, time: 0, ...params });
  const body = await peer.takeBody();
  const ms = performance.now() - began;
  if (body === null) throw new Error('closed before the reply');
  const text = body.toString();
  expect(text).toContain(`"${id}"`);
  return { bytes: text.replace(id, 'ID').replace(/"time":[0-9.]+/, '"time":0'), ms };
}

const empty = <Kind extends string>(kinds: readonly Kind[]): Samples<Kind> =>
  Object.fromEntries(kinds.map((kind): [Kind, Sample[]] => [kind, []])) as Samples<Kind>;

type Figures = { readonly text: string; readonly within: boolean };

function compare<Kind extends string>(kinds: readonly Kind[], samples: Samples<Kind>): Figures {
  const times = (kind: Kind): number[] => samples[kind].map(({ ms }) => ms);
  const pairs = kinds.flatMap((one, index) =>
    kinds
      .slice(index + 1)
      .map((other): [string, number] => [`${one}/${other}`, auc(times(one), times(other))]),
  );
  const [low, high] = AUC_BOUNDS;
  return {
    text: [
      ...pairs.map(([pair, figure]) => `${pair} ${figure.toFixed(3)}`),
      ...kinds.map((kind) => `${kind} median ${median(times(kind)).toFixed(2)} ms`),
    ].join(', '),
    within: pairs.every(([, figure]) => figure >= low && figure <= high),
  };
}

/**
 * Collects samples, and once more when the first look as if there was a difference; fails when there is one. `collect` adds so
 * many rounds of each kind. Returns all samples.
 */
export async function alike<Kind extends string>(
  what: string,
  kinds: readonly Kind[],
  [rounds, more]: readonly [number, number],
  collect: (rounds: number, into: Samples<Kind>) => Promise<void>,
): Promise<Samples<Kind>> {
  await collect(WARM_UP_ROUNDS, empty(kinds));
  const samples = empty(kinds);
  await collect(rounds, samples);
  let figures = compare(kinds, samples);
  if (!figures.within) {
    console.log(
      `${what}: suspicious with ${rounds} samples of each kind, taking ${more} more: ${figures.text}`,
    );
    await collect(more, samples);
    figures = compare(kinds, samples);
  }
  console.log(
    `${what}: AUC with ${kinds.map((kind) => samples[kind].length).join(', ')} samples: ${figures.text}`,
  );
  expect(figures.within, figures.text).toBe(true);
  return samples;
}
