/**
 * The order of test files: those that wait for deadlines of seconds begin first. Left to the end they would run beside each
 * other with the processors idle; begun first they wait while everything else works.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for most of their time, the longest first. */
export const WAITING_FILES = [
  'test/integration/tls.test.ts',
  'test/integration/deadlines.test.ts',
  'test/integration/tokens.test.ts',
  'test/integration/tui_effects.test.ts',
  'test/integration/incidents_input.test.ts',
  'test/integration/session_places.test.ts',
  'test/unit/tui_commands/keep.test.ts',
  'test/integration/store_open.test.ts',
  'test/integration/every_error_code.test.ts',
] as const;

export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = WAITING_FILES.flatMap((name) =>
      sorted.filter(({ moduleId }) => relative(process.cwd(), moduleId) === name),
    );
    return [...waiting, ...sorted.filter((file) => !waiting.includes(file))];
  }
}
