/** P7 and P8 far beyond what the caps of a server allow unless told: 100,000 connections, and 10,000 of one account. */
import { CHEAP_LOG_N, frameOf, type Bench, type Subject } from '../bench.js';
import { Load } from '../children.js';
import { tokenOf } from '../seed.js';
import { calmBytes, descriptorsMax } from './connections.js';

const ACCOUNTS = 1_000;
const MANY = 100_000;
/** Of each generator: an address of its own on loopback has ports for no more than 28,000. */
const PART = 20_000;
const OF_ONE = 10_000;
/** What of the open files a server gives to people who are signed in; the rest is kept for others and for its own. */
const SHARE = 0.7;
const FLAGS = ['--password-cost', String(CHEAP_LOG_N), '--connections-max', '1000000'];
/** A GiB in the units of the table. */
const GIB_MB = 1_073.7;

/** One account on 10,000 connections changes its profile: all are told. A neighbour probes meanwhile. */
async function told(bench: Bench, connections: number): Promise<void> {
  const { figures } = bench;
  await using server = await bench.server({ data: await bench.seeded(ACCOUNTS, ACCOUNTS), flags: FLAGS });
  const { target, pid } = server;
  await using crowd = new Load(bench.programs);
  await crowd.hold({ kind: 'hold', target, connections, sign_in_with: [tokenOf(1)] });
  // What opening them did to the event loop is another subject's.
  await server.clearLoop();
  await using changes = new Load(bench.programs);
  const quiet = await bench.measure({
    kind: 'open_loop',
    ...{ target, requests: [frameOf('probe', {})], connections: 8, sign_in_with: [], rate: 500 },
    ...{ expect: '"response":200', warm_ms: 200, measure_ms: bench.ms(3_000), cpu_of: pid },
  });
  const changing = changes.ask({
    kind: 'asks',
    target,
    session_token: tokenOf(1),
    questions: Array.from({ length: 20 }, (_, n) => ({
      ...{ name: `change ${n}`, action: 'update_profile', params: { changes: { bio: `Day ${n}.` } } },
    })),
    ...{ times: 1, time_ms_max: 5_000 },
  });
  const beside = await bench.measure({
    kind: 'open_loop',
    ...{ target, requests: [frameOf('probe', {})], connections: 8, sign_in_with: [], rate: 500 },
    ...{ expect: '"response":200', warm_ms: 0, measure_ms: bench.ms(4_000), cpu_of: pid },
  });
  await changing;
  // Before 10,000 hang up at once, which is another matter.
  const { blocked_ms_max, gc_ms_max } = await server.loopSeen();
  const what = `${connections} connections of one account`;
  figures.note(`${what}, nothing happens: a neighbour’s probe, slowest`, 'ms', quiet.max_ms);
  figures.note(`${what}, told of 20 changes: a neighbour’s probe, p99`, 'ms', beside.p99_ms);
  figures.note(`${what}, told of 20 changes: a neighbour’s probe, slowest`, 'ms', beside.max_ms);
  figures.add('P8', `${what}, told of 20 changes: longest block`, 'ms', blocked_ms_max, { at_most: 10 });
  figures.note(`${what}, told of 20 changes: longest garbage collection`, 'ms', gc_ms_max);
}

async function held(bench: Bench, connections: number): Promise<void> {
  const { figures } = bench;
  await using server = await bench.server({ data: await bench.seeded(ACCOUNTS, ACCOUNTS), flags: FLAGS });
  const { target } = server;
  const tokens = Array.from({ length: ACCOUNTS }, (_, number) => tokenOf(number));
  const parts = Array.from({ length: Math.ceil(connections / PART) }, () => new Load(bench.programs));
  try {
    const before = await calmBytes(bench, server);
    const counts = await Promise.all(
      parts.map((load, n) =>
        load.hold({
          kind: 'hold',
          target,
          connections: Math.min(PART, connections - n * PART),
          sign_in_with: tokens,
          from: `127.0.0.${10 + n}`,
        }),
      ),
    );
    const count = counts.reduce((sum, one) => sum + one, 0);
    if (count < connections) throw new Error(`only ${count} of ${connections} connections stayed open`);
    const bytes = await calmBytes(bench, server);
    const each = (bytes - before) / connections;
    figures.note(`each of ${connections} plain connections, signed in`, 'KB', each / 1_000);
    figures.note(`memory of a server with ${connections} connections, signed in`, 'MB', bytes / 1e6);
    // The same for each of them as far as it could be tried.
    const told = connections === MANY ? '' : ', reckoned from fewer';
    figures.add(
      'P7',
      `memory with ${MANY} connections, signed in${told}`,
      'MB',
      (before + each * MANY) / 1e6,
      {
        at_most: GIB_MB,
      },
    );
  } finally {
    for (const load of parts) await load[Symbol.asyncDispose]();
  }
}

async function run(bench: Bench): Promise<void> {
  await told(bench, bench.quick ? 200 : OF_ONE);
  const count = Math.min(bench.quick ? 400 : MANY, Math.floor(descriptorsMax() * SHARE));
  if (!bench.quick && count < MANY)
    bench.figures.skip('P7', `${count} connections instead of ${MANY}: see ulimit -n`);
  await held(bench, count);
}

export const crowd: Subject = {
  name: 'crowd',
  summary:
    'P7 and P8 with 100,000 connections, and 10,000 of one account (by name only; needs ulimit -n 145000)',
  seconds: 180,
  run,
};
