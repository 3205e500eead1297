/**
 * Which functions the server spent its time in: reads the profiles that `BENCH_CPU_PROF=FOLDER npm run bench …` left.
 *
 *   npx tsx bench/profile.ts FILE.cpuprofile …
 */
import { readFileSync } from 'node:fs';

type Profile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

const SHOWN = 45;

for (const path of process.argv.slice(2)) {
  // Written by node --cpu-prof.
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as Profile;
  const names = new Map(
    nodes.map(({ id, callFrame }) => {
      const file = callFrame.url.split('/').slice(-2).join('/');
      return [id, `${callFrame.functionName || '(anonymous)'}  ${file}:${callFrame.lineNumber + 1}`] as const;
    }),
  );
  const self = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    if (name.startsWith('(idle)')) continue;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    self.set(name, (self.get(name) ?? 0) + time);
  }
  console.log(`${path}: ${(busy / 1000).toFixed(0)} ms busy`);
  const top = [...self].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
  for (const [name, time] of top) console.log(`  ${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
