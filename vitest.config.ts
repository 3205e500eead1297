import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { drillFiles } from './scripts/drill_files.mjs';
import { DrillSummary } from './test/support/drill_summary.js';
import { findPostgres } from './test/support/postgres_binaries.js';
import { QUICK } from './test/support/runs.js';
import { WaitingFirst } from './test/support/waiting_first.js';

// Two projects. `quick` shares the machine: each test of it has its own server on a free port and its own folder, and none of
// them asks the clock how long something took without asking how busy the machine is. It is one project and not one for
// each folder, because a worker that goes on to another project loads every module anew. `live` runs the built programs as
// processes and in terminals, and the compiler over copies of the tree with faults in them, no more than two files at a time, so that a
// busy machine doesn't turn one test's load into another's deadline. A third, `long`, is the drills, the fuzzing, the
// mutants and the hundred days of a siege in their long form; it takes more than an hour, so it exists only when it is asked for by its name.
// `postgres` is a part of `quick` once more, on the other engine, beside it; `postgres_all` and `postgres_live`, by their
// names too, all of `quick` and of `live` that asks a server, and with the same care.
const long = process.argv.some((argument) => /^(--project=)?long$/.test(argument));
/** Whether all that asks a server is to be tried on PostgreSQL, which takes minutes: `npm run drills -- postgres`. */
const everything = process.argv.some((argument) => /^(--project=)?postgres_(all|live)$/.test(argument));
/** What both engines have to show whenever anything is tested: operations, reads, the contract of each action, the incidents. */
const POSTGRES_FILES = [
  'test/integration/{contract,incidents}*.test.ts',
  'test/integration/{key_ring,session_places,store_writes,tokens}.test.ts',
  'test/property/server/list_users.property.test.ts',
];
/** In the long form every write waits for another program, which shares the processors. */
const POSTGRES_TIMEOUT_MS = 180_000;
const POSTGRES = {
  env: { PORTCULLIS_TEST_ENGINE: 'postgres' },
  setupFiles: ['test/support/leave_databases.ts'],
};
// A file's modules are loaded once for each worker and not for each file: a third of the time. More workers than processors,
// because tests of servers mostly wait.
const SHARING = { isolate: false, maxWorkers: 5, sequence: { groupOrder: 0 } };
const ALONE = { maxWorkers: 2, sequence: { groupOrder: 1 } };
/** What of the quick project is about PostgreSQL alone: the quick test leaves other engines out, the full one has all of it. */
const POSTGRES_ALONE = [
  'test/integration/postgres_{cluster,faults,outcomes}.test.ts',
  'test/integration/{move_faults,operation_pairs}.test.ts',
];
/** Where the drills write down what the summary is made of. */
const drillRecord = join(tmpdir(), `portcullis-drills-${process.pid}.jsonl`);

export default defineConfig({
  // The quick test runs the interface on the React that is shipped, the full one on its slower form, which checks more.
  oxc: { jsx: { runtime: 'automatic', development: process.env['NODE_ENV'] !== 'production' } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: WaitingFirst },
    globalSetup: ['readable_errors', 'build_once', 'postgres_once'].map((name) => `test/support/${name}.ts`),
    experimental: { fsModuleCache: true, fsModuleCachePath: 'node_modules/.cache/portcullis/modules' },
    ...(long ? { reporters: ['default' as const, new DrillSummary(drillRecord)] } : {}),
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/{unit,property,integration,attacks}/**/*.test.{ts,tsx}'],
          exclude: [...configDefaults.exclude, ...(QUICK ? POSTGRES_ALONE : [])],
          ...SHARING,
        },
      },
      ...('found' in findPostgres()
        ? [
            {
              extends: true as const,
              test: { name: 'postgres', include: POSTGRES_FILES, ...POSTGRES, ...SHARING },
            },
          ]
        : []),
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/{e2e,planted,drills}/**/*.test.{ts,tsx}'],
          ...ALONE,
        },
      },
      ...(everything
        ? [
            {
              extends: true as const,
              test: {
                name: 'postgres_all',
                include: ['test/{integration,attacks}/**/*.test.ts', 'test/property/server/**/*.test.ts'],
                testTimeout: POSTGRES_TIMEOUT_MS,
                ...POSTGRES,
                ...SHARING,
              },
            },
            {
              extends: true as const,
              test: {
                name: 'postgres_live',
                include: ['test/{e2e,drills}/**/*.test.ts'],
                testTimeout: POSTGRES_TIMEOUT_MS,
                ...POSTGRES,
                ...ALONE,
              },
            },
          ]
        : []),
      ...(long
        ? [
            {
              extends: true as const,
              test: {
                name: 'long',
                include: drillFiles(),
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
