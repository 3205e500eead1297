/**
 * P5 and P6: durable writes. Messages don't exist yet. What stands in for them is `clear_throttle`, the cheapest durable
 * action there is: it reads the account that it is about and adds one row to the audit log, committed with
 * synchronous=FULL before it is answered. `update_profile` is shown beside it.
 */
import { frameOf, type Bench, type Subject } from '../bench.js';
import { Baseline, Load, type ServerUnderTest } from '../children.js';
import type { ClosedLoop, OpenLoop, Target } from '../load/commands.js';
import { accountIdOf, tokenOf } from '../seed.js';

const CONNECTIONS = 64;
const ACCOUNTS = 1_000;
const DISK_MS = 4;
/** All are signed in as the administrator: account 0. */
const BOSS = [tokenOf(0)];
const EVERYBODY = Array.from({ length: CONNECTIONS }, (_, number) => tokenOf(number + 1));

const auditLike = Array.from({ length: ACCOUNTS }, (_, number) =>
  frameOf('clear_throttle', { account_id: accountIdOf(number) }),
);
const profiles = Array.from({ length: 997 }, (_, number) =>
  frameOf('update_profile', { changes: { bio: `Keeps the gate, day ${number}.` } }),
);
const checks = Array.from({ length: ACCOUNTS }, (_, number) =>
  frameOf('verify_token', { token: tokenOf(number) }),
);

type Load1 = { readonly target: Target; readonly pid: number };

function closed(
  bench: Bench,
  { target, pid }: Load1,
  requests: readonly Uint8Array[],
  depth: number,
  sign_in_with: readonly string[],
): ClosedLoop {
  const [warm_ms, measure_ms] = [bench.ms(400), bench.ms(1_500)];
  const shared = { connections: CONNECTIONS, expect: '"response":200', warm_ms, measure_ms, cpu_of: pid };
  return { kind: 'closed_loop', target, requests, depth, sign_in_with, ...shared };
}

function open(
  bench: Bench,
  { target, pid }: ServerUnderTest,
  requests: readonly Uint8Array[],
  rate: number,
  sign_in_with: readonly string[],
  measure_ms: number,
): OpenLoop {
  const shared = { connections: 32, expect: '"response":200', warm_ms: bench.ms(500), cpu_of: pid };
  return { kind: 'open_loop', target, requests, rate, sign_in_with, measure_ms, ...shared };
}

async function run(bench: Bench): Promise<void> {
  await fast(bench);
  const { fsync_delay } = bench.programs;
  if ('missing' in fsync_delay) bench.figures.skip('P6', fsync_delay.missing);
  else await slowDisk(bench);
}

/** P5: on this machine's disk. */
async function fast(bench: Bench): Promise<void> {
  const { figures } = bench;
  await using server = await bench.server({ data: await bench.seeded(ACCOUNTS, ACCOUNTS) });
  await using bare = await Baseline.ours(bench.programs.frames);
  const baseline: Load1 = { target: { speaks: 'frames', port: bare.port, tls: false }, pid: bare.pid };
  await bench.eachRound(
    'messages',
    async () => {
      for (const depth of [1, 16]) {
        const how = depth === 1 ? 'one at a time' : `${depth} deep`;
        const least = await bench.measure(closed(bench, baseline, auditLike, depth, []));
        const written = await bench.measure(closed(bench, server, auditLike, depth, BOSS));
        const profile = await bench.measure(closed(bench, server, profiles, depth, EVERYBODY));
        const limit = { at_least: depth === 1 ? 0.6 : 0.35 };
        figures.add(
          'P5',
          `durable audit row / bare, rate, ${how}`,
          'x',
          written.per_second / least.per_second,
          limit,
        );
        figures.note(`bare framed JSON, ${how}: rate`, '/s', least.per_second);
        for (const [name, one] of [
          ['audit row', written],
          ['update_profile', profile],
        ] as const) {
          figures.note(`durable ${name}, ${how}: rate`, '/s', one.per_second);
          figures.note(`durable ${name}, ${how}: server CPU, both threads`, 'µs', one.cpu_us);
        }
      }
    },
    0,
    0.6,
  );
}

/** P6: with 4 ms more for every fsync. */
async function slowDisk(bench: Bench): Promise<void> {
  const { figures } = bench;
  await using server = await bench.server({
    data: await bench.seeded(ACCOUNTS, ACCOUNTS),
    fsync_delay_us: DISK_MS * 1_000,
  });
  await bench.eachRound(
    `messages, fsync +${DISK_MS} ms`,
    async () => {
      const written = await bench.measure(closed(bench, server, auditLike, 1, BOSS));
      figures.add(
        'P6',
        `fsync +${DISK_MS} ms: durable audit rows, ${CONNECTIONS} outstanding`,
        '/s',
        written.per_second,
        {
          at_least: 10_000,
        },
      );
      figures.note(
        `fsync +${DISK_MS} ms: durable audit row p99, ${CONNECTIONS} outstanding`,
        'ms',
        written.p99_ms,
      );
      const measure_ms = bench.ms(3_000);
      await using writers = new Load(bench.programs);
      const writing = writers.measure(open(bench, server, auditLike, 1_000, BOSS, measure_ms + 600));
      const checked = await bench.measure(open(bench, server, checks, 1_000, [], measure_ms));
      const busy = await writing;
      figures.add(
        'P6',
        `fsync +${DISK_MS} ms: verify_token p99 during 1,000 writes/s`,
        'ms',
        checked.p99_ms,
        { at_most: 3 },
      );
      figures.note(`fsync +${DISK_MS} ms: verify_token p50 during 1,000 writes/s`, 'ms', checked.p50_ms);
      figures.note(`fsync +${DISK_MS} ms: write p99 at 1,000/s`, 'ms', busy.p99_ms);
    },
    0.6,
    1,
  );
}

export const messages: Subject = {
  name: 'messages',
  summary: 'P5, P6: durable writes, on this disk and on a slow one',
  seconds: 110,
  run,
};
