import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { DrillSummary } from './test/support/drill_summary.js';

// Three projects. `fast` and `integration` share the machine: each test of them has its own server on a free port and its
// own folder, and none of them asks the clock how long something took without asking how busy the machine is. `live` runs
// the built programs as processes and in terminals, and the compiler over copies of the tree with faults in them, one file
// at a time, so that a busy machine doesn't turn one test's load
// into another's deadline. A fourth, `long`, is the drills and the fuzzing in their long form; it takes most of an hour, so
// it exists only when it is asked for by its name.
const long = process.argv.some((argument) => /^(--project=)?long$/.test(argument));
/** Where the drills write down what the summary is made of. */
const drillRecord = join(tmpdir(), `portcullis-drills-${process.pid}.jsonl`);

const sideBySide = {
  // A file's modules are loaded once for each worker and not for each file: a third of the time.
  isolate: false,
  // More than processors, because tests of servers mostly wait.
  maxWorkers: 3,
  sequence: { groupOrder: 0 },
};

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build_once.ts'],
    experimental: { fsModuleCache: true, fsModuleCachePath: 'node_modules/.cache/portcullis/modules' },
    ...(long ? { reporters: ['default' as const, new DrillSummary(drillRecord)] } : {}),
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: ['test/{unit,property}/**/*.test.{ts,tsx}'], ...sideBySide },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['test/integration/**/*.test.{ts,tsx}'], ...sideBySide },
      },
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/{e2e,planted,drills}/**/*.test.{ts,tsx}'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      ...(long
        ? [
            {
              extends: true as const,
              test: {
                name: 'long',
                include: ['test/drills/**/*.test.ts', 'test/integration/fuzz*.test.ts'],
                exclude: ['test/drills/program.test.ts'],
                fileParallelism: false,
                sequence: { groupOrder: 2 },
                env: { PORTCULLIS_LONG: '1', PORTCULLIS_DRILL_RECORD: drillRecord },
                testTimeout: 1_800_000,
                disableConsoleIntercept: true,
              },
            },
          ]
        : []),
    ],
  },
});
