import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { DrillSummary } from './test/support/drill_summary.js';

// Two projects: `fast` runs side by side; `live` starts real servers and programs and keeps to one file at a time, so
// that a busy machine doesn't turn one test's load into another's deadline. A third, `long`, is the drills and the
// fuzzing in their long form; it takes most of an hour, so it exists only when it is asked for by its name.
const long = process.argv.some((argument) => /^(--project=)?long$/.test(argument));
/** Where the drills write down what the summary is made of. */
const drillRecord = join(tmpdir(), `portcullis-drills-${process.pid}.jsonl`);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build_once.ts'],
    ...(long ? { reporters: ['default' as const, new DrillSummary(drillRecord)] } : {}),
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/{unit,property}/**/*.test.{ts,tsx}'] } },
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/{integration,e2e,drills}/**/*.test.{ts,tsx}'],
          fileParallelism: false,
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
