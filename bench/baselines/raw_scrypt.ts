/** The baseline for sign-ins: scrypt alone, at as many slots as the server has and at the same cost. */
import { randomBytes } from 'node:crypto';
import * as scryptModule from 'scrypt-kdf';
import { cpuSeconds } from '../cpu_time.js';

// The package exports one default object at run time; its type file describes the members of that object instead.
const Scrypt = (scryptModule as unknown as { readonly default: typeof scryptModule }).default;

export type RawScrypt = { readonly slots: number; readonly log_n: number; readonly measure_ms: number };
export type RawScryptResult = { readonly per_second: number; readonly cpu_us: number };

async function run({ slots, log_n, measure_ms }: RawScrypt): Promise<RawScryptResult> {
  const password = randomBytes(16);
  const block = await Scrypt.kdf(password, { logN: log_n, r: 8, p: 1 });
  const until = performance.now() + measure_ms;
  const done: { readonly at: number; readonly cpu: number }[] = [];
  const slot = async (): Promise<void> => {
    while (performance.now() < until) {
      if (!(await Scrypt.verify(block, password))) throw new Error('a hash did not verify');
      done.push({ at: performance.now(), cpu: cpuSeconds(process.pid) });
    }
  };
  await Promise.all(Array.from({ length: slots }, slot));
  const [first, last] = [done[0], done.at(-1)];
  if (first === undefined || last === undefined || done.length < 2) throw new Error('fewer than two hashes');
  const count = done.length - 1;
  return {
    per_second: count / ((last.at - first.at) / 1000),
    cpu_us: ((last.cpu - first.cpu) * 1e6) / count,
  };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (command: RawScrypt) => {
  run(command)
    .then((result) => process.send?.(result))
    .catch(() => process.exit(1));
});
process.send?.({ port: 0 });
