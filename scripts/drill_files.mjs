// What `npm run drills` runs: everything with a long form.
import { readdirSync } from 'node:fs';

const tests = (folder, pattern) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => `${folder}/${name}`);

/** Returns the paths of the tests with a long form; the working folder has to be the tree's. */
export function drillFiles() {
  return [
    ...tests('test/drills', /^(?!program\.).*\.test\.ts$/),
    ...tests('test/integration', /^fuzz.*\.test\.ts$/),
    ...tests('test/property/protocol', /\.test\.ts$/),
    ...tests('test/property/server', /\.test\.ts$/),
    ...tests('test/property/tui', /\.test\.ts$/),
    'test/unit/tui_app/frames.test.tsx',
    'test/unit/tui_app/sentences.test.tsx',
    'test/planted/architecture.test.ts',
    'test/planted/mutants.test.ts',
    'test/planted/contributing.test.ts',
    'test/e2e/kept_tokens.test.ts',
    'test/e2e/outcomes.test.ts',
    'test/attacks/lock_out.test.ts',
    'test/integration/operation_pairs.test.ts',
  ];
}
