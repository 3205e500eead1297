import { defineConfig } from 'vitest/config';

// Two projects: `fast` runs side by side; `live` starts real servers and programs and keeps to one file at a time, so
// that a busy machine doesn't turn one test's load into another's deadline. A third, `long`, is the drills and the
// fuzzing in their long form; it takes most of an hour, so it exists only when it is asked for by its name.
const long = process.argv.some((argument) => /^(--project=)?long$/.test(argument));

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build_once.ts'],
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
                env: { PORTCULLIS_LONG: '1' },
                testTimeout: 1_800_000,
                disableConsoleIntercept: true,
              },
            },
          ]
        : []),
    ],
  },
});
