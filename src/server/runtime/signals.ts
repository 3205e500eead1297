/** What the system asks of a running server: to stop, or to read again what it has read. The only listener to signals. */
import { closeSync, constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What a shell shows for a program that a signal has ended. */
export const EXIT_HUNG_UP = 129;

const STDIO = [0, 1, 2] as const;

/**
 * Returns true when a terminal stands behind this process, so that SIGHUP means that it went away. Node takes away the "ignore"
 * that `nohup` leaves before any of our code runs, so it can't be asked; but `nohup` also takes the terminal from all three
 * streams, and services and containers never had one. Ask at the start: when a terminal hangs up, the system takes it from its
 * processes before it sends the signal.
 */
export function hasTerminal(): boolean {
  if (!STDIO.some((descriptor) => isatty(descriptor))) return false;
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    return true;
  } catch {
    // A stream may lead to a terminal that isn't this process's own: then its end is none of our business.
    return false;
  }
}

/**
 * Hears signals from now on, those that came before included. `stop` is called once, for the first that asks for it; more of them
 * change nothing: a terminal and whoever started us may both send one. SIGHUP stops with a terminal and reloads without.
 */
export function hearSignals(
  work: { readonly stop: (signal: StopSignal) => void; readonly reload: () => void },
  early: readonly StopSignal[],
  terminal = hasTerminal(),
): void {
  let stopping = false;
  const hear = (signal: StopSignal): void => {
    if (signal === 'SIGHUP' && !terminal) {
      if (!stopping) work.reload();
      return;
    }
    if (stopping) return;
    stopping = true;
    work.stop(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => hear(signal));
  for (const signal of early) hear(signal);
}
