/** P9: what a million accounts, or as many as are asked for, cost that a thousand don't. */
import { frameOf, type Bench, type Subject } from '../bench.js';
import { HASH_SLOTS, Load, type ServerUnderTest } from '../children.js';
import type { Measured } from '../load/commands.js';
import { askLists, listQuestions } from '../list_questions.js';
import { tokenOf } from '../seed.js';
import { peopleOf } from './sign_in.js';

const SMALL = 1_000;
const LARGE = 1_000_000;
const LARGE_QUICK = 20_000;
/** More sessions than the server keeps in memory: each check misses. */
const SESSIONS_LARGE = 60_000;

async function verifies(bench: Bench, server: ServerUnderTest, tokens: number): Promise<Measured> {
  return bench.measure({
    kind: 'closed_loop',
    target: server.target,
    requests: Array.from({ length: tokens }, (_, number) =>
      frameOf('verify_token', { token: tokenOf(number) }),
    ),
    expect: '"active":true',
    connections: 64,
    depth: 1,
    sign_in_with: [],
    warm_ms: bench.ms(400),
    measure_ms: bench.ms(1_200),
    cpu_of: server.pid,
  });
}

async function signsIn(bench: Bench, { target, pid }: ServerUnderTest): Promise<Measured> {
  await using load = new Load(bench.programs);
  return await load.measure({
    kind: 'sign_ins',
    target,
    people: peopleOf(HASH_SLOTS + 2),
    warm_ms: bench.ms(400),
    measure_ms: bench.ms(2_500),
    cpu_of: pid,
  });
}

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const count = bench.quick ? LARGE_QUICK : (bench.accounts ?? LARGE);
  const sessions = bench.quick ? SMALL : SESSIONS_LARGE;
  const flags = ['--password-cost', '15'];
  bench.show(`scale: making ${count} accounts`, 0);
  const began = performance.now();
  const largeData = await bench.seeded(count, sessions);
  figures.note(`making ${count} accounts`, 's', (performance.now() - began) / 1000);
  const questions = listQuestions(largeData, count);
  await using small = await bench.server({ data: await bench.seeded(SMALL, SMALL), flags });
  await using large = await bench.server({ data: largeData, flags });
  await bench.eachRound(
    'scale',
    async () => {
      const [few, many] = [await verifies(bench, small, SMALL), await verifies(bench, large, SMALL)];
      const [fewIn, manyIn] = [await signsIn(bench, small), await signsIn(bench, large)];
      const limit = { at_most: 1.2 };
      figures.add(
        'P9',
        `verify_token, CPU: ${count} accounts / ${SMALL}`,
        'x',
        many.cpu_us / few.cpu_us,
        limit,
      );
      figures.add(
        'P9',
        `sign-in, CPU: ${count} accounts / ${SMALL}`,
        'x',
        manyIn.cpu_us / fewIn.cpu_us,
        limit,
      );
      if (sessions > SMALL) {
        const missed = await verifies(bench, large, sessions);
        figures.note(
          `verify_token that misses the cache, ${count} accounts: server CPU`,
          'µs',
          missed.cpu_us,
        );
        figures.note(`verify_token from the cache, ${count} accounts: server CPU`, 'µs', many.cpu_us);
      }
    },
    0.35,
    0.65,
  );
  const asked = {
    target: large.target,
    questions,
    of: `list_users at ${count}`,
    goal: 'P9',
    p99_ms_max: 10,
  } as const;
  await bench.eachRound('scale: list_users', () => askLists(bench, asked), 0.65, 1);
}

export const scale: Subject = {
  name: 'scale',
  summary: 'P9: a million accounts against a thousand, and every kind of list',
  seconds: 230,
  run,
};
