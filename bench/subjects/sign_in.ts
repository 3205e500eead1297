/** P3: sign-ins against scrypt alone, and whether a full queue treats everybody alike. */
import { CHEAP_LOG_N, type Bench, type Subject } from '../bench.js';
import { Baseline, HASH_SLOTS, Load } from '../children.js';
import { accountOf, PASSWORD } from '../seed.js';
import type { Person } from '../load/commands.js';

/** What the server starts with: src/server/crypto/password_hasher.ts, src/server/config.ts. */
export const USUAL_LOG_N = 17;
export const QUEUE = 32;

/** The first so many accounts of a seeded folder. */
export const peopleOf = (count: number): Person[] =>
  Array.from({ length: count }, (_, number) => ({
    account_name: accountOf(number).account_name,
    password: PASSWORD,
  }));

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const logN = bench.quick ? CHEAP_LOG_N : USUAL_LOG_N;
  // In a smoke run a quarter of it, because everybody in it is waited for.
  const full = HASH_SLOTS + (bench.quick ? QUEUE / 4 : QUEUE);
  await using raw = await Baseline.ours(bench.programs.raw_scrypt);
  await using server = await bench.server({
    data: await bench.seeded(full, 0, logN),
    flags: ['--password-cost', String(logN)],
  });
  // Enough to keep every slot busy, few enough that the first is answered soon.
  const people = peopleOf(HASH_SLOTS + 2);
  const measure_ms = bench.ms(6_000);
  await bench.eachRound(
    'sign-in',
    async () => {
      const alone = await raw.rawScrypt({ slots: HASH_SLOTS, log_n: logN, measure_ms });
      await using load = new Load(bench.programs);
      const { target, pid } = server;
      const signed = await load.measure({
        kind: 'sign_ins',
        target,
        people,
        warm_ms: bench.ms(600),
        measure_ms,
        cpu_of: pid,
      });
      const cost = `N = 2^${logN}, ${HASH_SLOTS} at once`;
      figures.note(`scrypt alone (${cost}): rate`, '/s', alone.per_second);
      figures.note(`sign-ins (${cost}): rate`, '/s', signed.per_second);
      figures.add('P3', 'sign-ins / scrypt alone, rate', 'x', signed.per_second / alone.per_second, {
        at_least: 0.9,
      });
      figures.add('P3', 'sign-ins / scrypt alone, for each CPU second', 'x', alone.cpu_us / signed.cpu_us, {
        at_least: 0.9,
      });
    },
    0,
    0.55,
  );
  await using cheap = await bench.server({
    data: await bench.seeded(full, 0),
    flags: ['--password-cost', String(CHEAP_LOG_N)],
  });
  await bench.eachRound(
    'sign-in with a full queue',
    async () => {
      await using load = new Load(bench.programs);
      const measured = await load.measure({
        kind: 'sign_ins',
        target: cheap.target,
        people: peopleOf(full),
        // Until the queue has gone round once.
        warm_ms: bench.ms(4_000),
        measure_ms: bench.ms(8_000),
        cpu_of: cheap.pid,
      });
      figures.add('P3', `full queue (${full} at once): p99 / p50`, 'x', measured.p99_ms / measured.p50_ms, {
        at_most: 1.2,
      });
      figures.note('full queue: p50', 'ms', measured.p50_ms);
      figures.note('full queue: p99', 'ms', measured.p99_ms);
    },
    0.55,
    1,
  );
}

export const signIn: Subject = {
  name: 'sign-in',
  summary: 'P3: sign-ins against scrypt alone, and a full queue',
  seconds: 135,
  run,
};
