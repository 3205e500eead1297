/** The same act on many accounts: a few at a time, waiting where the server asks for patience. */
import type { Attempt } from '../i18n/index.js';
import type { BulkResult } from './contract.js';

/** Acts in work at once: quick enough, and far below what the server allows for one connection. */
const AT_ONCE = 4;
/** A pause that is longer than this is told instead of waited for, milliseconds. */
const PAUSE_MS_MAX = 15_000;
const TRIES_MAX = 20;

/** No other act could succeed after one of these. */
const HOPELESS: ReadonlySet<string> = new Set([
  'not_connected',
  'aborted',
  'unauthenticated',
  'session_invalid',
]);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function actOnMany(
  targets: readonly (readonly [id: string, name: string])[],
  act: (id: string) => Promise<Attempt<unknown>>,
): Promise<BulkResult> {
  const failed: BulkResult['failed'][number][] = [];
  let done = 0;
  let next = 0;
  let hopeless: BulkResult['failed'][number]['problem'] | null = null;
  const one = async (id: string, name: string): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      if (hopeless !== null) {
        failed.push({ name, problem: hopeless });
        return;
      }
      const outcome = await act(id);
      if (outcome.ok) {
        done += 1;
        return;
      }
      const { problem } = outcome;
      const wait_ms = problem.retry_after_ms ?? Number.POSITIVE_INFINITY;
      const patient = problem.code === 'throttled' && wait_ms <= PAUSE_MS_MAX && tries < TRIES_MAX;
      if (!patient) {
        if (HOPELESS.has(problem.code)) hopeless = problem;
        failed.push({ name, problem });
        return;
      }
      await pause(wait_ms);
    }
  };
  const worker = async (): Promise<void> => {
    for (let target = targets[next]; target !== undefined; target = targets[next]) {
      next += 1;
      await one(...target);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { done, failed };
}
