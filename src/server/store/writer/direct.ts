/** Operations one at a time in the process that asks for them, without a thread: what commands do beside a server. */
import { OutcomeUnknownError, StorageUnavailableError, type Engine } from '../engine.js';
import type { OperationResult } from '../operations/index.js';
import type { WriteOutcome, WriteRequest } from './messages.js';

/** Returns how an engine runs operations and counts them. `perform`: does one and says what became of it. */
export function direct(
  perform: (request: WriteRequest) => Promise<WriteOutcome>,
): Pick<Engine, 'run' | 'commits'> {
  const commits = { groups: 0, operations: 0, largest: 1 };
  return {
    commits,
    run: async (operation, args, onDisk) => {
      const outcome = await perform({ number: 1, operation, args });
      if ('unavailable' in outcome) throw new StorageUnavailableError(outcome.unavailable);
      if ('unknown' in outcome) throw new OutcomeUnknownError(outcome.unknown);
      if ('error' in outcome) throw new Error(outcome.error);
      commits.groups += 1;
      commits.operations += 1;
      onDisk(outcome.announced ?? []);
      // The operation of this very name was run, so its result is of that operation's type.
      return outcome.result as OperationResult<typeof operation>;
    },
  };
}
