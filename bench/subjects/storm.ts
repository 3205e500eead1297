/** P4: other services go on checking tokens while everybody signs in at once. */
import { CHEAP_LOG_N, frameOf, type Bench, type Subject } from '../bench.js';
import { HASH_SLOTS, Load, type ServerUnderTest } from '../children.js';
import type { Measured, OpenLoop } from '../load/commands.js';
import { tokenOf } from '../seed.js';
import { peopleOf, QUEUE, USUAL_LOG_N } from './sign_in.js';

const TOKENS = 1_000;
const RATE = 2_000;

function checks(bench: Bench, { target, pid }: ServerUnderTest): OpenLoop {
  return {
    kind: 'open_loop',
    target,
    requests: Array.from({ length: TOKENS }, (_, number) =>
      frameOf('verify_token', { token: tokenOf(number) }),
    ),
    expect: '"active":true',
    connections: 32,
    sign_in_with: [],
    rate: RATE,
    warm_ms: bench.ms(500),
    measure_ms: bench.ms(4_000),
    cpu_of: pid,
  };
}

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const logN = bench.quick ? CHEAP_LOG_N : USUAL_LOG_N;
  await using server = await bench.server({
    data: await bench.seeded(TOKENS, TOKENS, logN),
    flags: ['--password-cost', String(logN)],
  });
  // More than slots and queue hold, so that some are always told `busy`.
  const people = peopleOf(HASH_SLOTS + QUEUE + 8);
  await bench.eachRound('storm', async () => {
    const idle = await bench.measure(checks(bench, server));
    await using crowd = new Load(bench.programs);
    const { target, pid } = server;
    const seconds = bench.ms(4_500) + 1_500;
    const storming = crowd.measure({
      kind: 'sign_ins',
      target,
      people,
      warm_ms: 0,
      measure_ms: seconds,
      cpu_of: pid,
    });
    await new Promise((resolve) => setTimeout(resolve, 800));
    const storm: Measured = await bench.measure(checks(bench, server));
    const signed = await storming;
    figures.note('verify_token at 2,000/s, nothing else: p50', 'ms', idle.p50_ms);
    figures.note('verify_token at 2,000/s, nothing else: p99', 'ms', idle.p99_ms);
    figures.note('verify_token at 2,000/s in a storm of sign-ins: p50', 'ms', storm.p50_ms);
    figures.add('P4', 'in a storm of sign-ins: p50 / p50 without', 'x', storm.p50_ms / idle.p50_ms, {
      at_most: 1.5,
    });
    figures.add('P4', 'in a storm of sign-ins: verify_token p99', 'ms', storm.p99_ms, { at_most: 5 });
    figures.note('in a storm of sign-ins: slowest verify_token', 'ms', storm.max_ms);
    figures.note('in a storm of sign-ins: sign-ins', '/s', signed.per_second);
    figures.note('how late the generator itself was at worst', 'ms', storm.generator_late_ms);
  });
}

export const storm: Subject = {
  name: 'storm',
  summary: 'P4: checks of tokens while everybody signs in',
  seconds: 75,
  run,
};
