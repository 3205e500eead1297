import { defineConfig } from 'vitest/config';

// Two projects: `fast` runs side by side; `live` starts real servers and programs and keeps to one file at a time, so
// that a busy machine doesn't turn one test's load into another's deadline.
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
    ],
  },
});
