/**
 * The load generator: a process of its own that does what it is told over IPC, one command after the other. It ends with
 * its parent, and in any case after a while.
 */
import type { Command, Result } from './commands.js';
import { closedLoop, openLoop } from './paced.js';
import { asks, hold, signIns } from './people.js';

/** Nothing here takes longer; a generator that was forgotten must not go on. */
const LIFE_MS_MAX = 180_000;

async function obey(command: Command): Promise<Result> {
  switch (command.kind) {
    case 'closed_loop':
      return { kind: 'measured', measured: await closedLoop(command) };
    case 'open_loop':
      return { kind: 'measured', measured: await openLoop(command) };
    case 'sign_ins':
      return { kind: 'measured', measured: await signIns(command) };
    case 'asks':
      return { kind: 'answered', answers: await asks(command) };
    case 'hold':
      return { kind: 'held', connections: await hold(command) };
  }
}

setTimeout(() => process.exit(1), LIFE_MS_MAX).unref();
process.on('disconnect', () => process.exit(0));
process.on('message', (command: Command) => {
  obey(command)
    .catch((error: unknown): Result => ({
      kind: 'failed',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }))
    .then((result) => process.send?.(result))
    .catch(() => process.exit(1));
});
