/** The second half of P7: what a connection costs on which nothing happens. */
import { readFileSync } from 'node:fs';
import { CHEAP_LOG_N, type Bench, type Subject } from '../bench.js';
import { Load, type ServerUnderTest } from '../children.js';
import { tokenOf } from '../seed.js';

const ACCOUNTS = 100;
/** Files that the load generator needs besides its connections. */
const DESCRIPTORS_KEPT = 200;

/** How many files a process here may have open. */
export function descriptorsMax(): number {
  const hard = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return hard === undefined ? Number.MAX_SAFE_INTEGER : Number(hard);
}

/** Resident memory once it has stopped changing: at its start the server makes a password hash, which takes megabytes. */
export async function calmBytes(bench: Bench, server: ServerUnderTest): Promise<number> {
  let [before, calm] = [0, 0];
  for (let looks = 0; looks < 40 && calm < (bench.quick ? 1 : 3); looks += 1) {
    const now = await server.settledBytes();
    calm = Math.abs(now - before) < 256 * 1024 ? calm + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return before;
}

/** Memory that one of `count` connections takes, KB of 1,000 bytes. The server has warmed up before it is counted. */
async function measure(
  bench: Bench,
  server: ServerUnderTest,
  counts: readonly number[],
  signInWith: readonly string[],
): Promise<number[]> {
  const { target } = server;
  {
    await using warm = new Load(bench.programs);
    await warm.hold({ kind: 'hold', target, connections: bench.quick ? 100 : 500, sign_in_with: signInWith });
  }
  const before = await calmBytes(bench, server);
  await using load = new Load(bench.programs);
  const found: number[] = [];
  for (const count of counts) {
    const held = await load.hold({ kind: 'hold', target, connections: count, sign_in_with: signInWith });
    if (held < count) throw new Error(`only ${held} of ${count} connections stayed open`);
    found.push(((await calmBytes(bench, server)) - before) / count / 1_000);
  }
  return found;
}

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const most = Math.min(10_000, descriptorsMax() - DESCRIPTORS_KEPT);
  const counts = bench.quick ? [200] : [1_000, most];
  if (!bench.quick && most < 10_000)
    figures.skip('P7', `${most} connections instead of 10,000: see ulimit -n`);
  await bench.eachRound('connections', async () => {
    for (const [channel, limit] of [
      ['plain', { at_most: 8 }],
      ['TLS', { at_most: 52 }],
    ] as const) {
      const flags = ['--password-cost', String(CHEAP_LOG_N), ...(channel === 'TLS' ? ['--tls', 'on'] : [])];
      // A process for each measurement: memory that was freed stays with a process.
      await using server = await bench.server({ data: await bench.seeded(ACCOUNTS, ACCOUNTS), flags });
      const found = await measure(bench, server, counts, []);
      for (const [index, count] of counts.entries())
        figures.add('P7', `idle ${channel} connection, ${count}`, 'KB', found[index] ?? Number.NaN, limit);
      // Free of what the warm-up left behind, which the first thousand use again.
      const [few = 0, many = 0] = counts.map((count, index) => count * (found[index] ?? Number.NaN));
      const [first = 0, last = first] = counts;
      if (last > first)
        figures.add(
          'P7',
          `idle ${channel} connection, each after the first ${first}`,
          'KB',
          (many - few) / (last - first),
          limit,
        );
    }
    const flags = ['--password-cost', String(CHEAP_LOG_N)];
    await using server = await bench.server({ data: await bench.seeded(ACCOUNTS, ACCOUNTS), flags });
    const tokens = Array.from({ length: ACCOUNTS }, (_, number) => tokenOf(number));
    const count = counts[0] ?? 200;
    const [signedIn = Number.NaN] = await measure(bench, server, [count], tokens);
    figures.note(`idle plain connection that is signed in, ${count}`, 'KB', signedIn);
  });
}

export const connections: Subject = {
  name: 'connections',
  summary: 'P7: memory of idle connections, plain and TLS',
  seconds: 190,
  run,
};
