/**
 * Owns the tty: raw mode, alternate screen, bracketed paste, cursor, and gives all of it back on every way out: stop,
 * signals, uncaught errors, a terminal that is gone, Ctrl+Z. Whether both ends are a TTY is the caller's check. Draws
 * nothing itself; what is written through it after it let go of the screen is dropped.
 */
import { clean } from '../text/index.js';
import { sizeOf } from './capabilities.js';
import type { FrameSink, ScreenSize } from './frame_writer.js';

/** The part of a tty's reading end that is used; `process.stdin` fits. */
export type TerminalInput = {
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
};

/** The part of a tty's writing end that is used; `process.stdout` fits. */
export type TerminalOutput = {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(data: string): boolean;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
};

/** The part of the process that is used; `nodeProcess()` is the real one. */
export type ProcessHandle = {
  readonly pid: number;
  /** Whoever waits for this process: another one when that is gone. */
  parent(): number;
  on(event: string, listener: (...args: unknown[]) => void): void;
  off(event: string, listener: (...args: unknown[]) => void): void;
  kill(pid: number, signal: NodeJS.Signals): void;
  exit(code: number): void;
  /** Prints on the normal screen, after the terminal was given back. */
  printError(text: string): void;
};

/** What a terminal needs and whom it tells. */
export type TerminalOptions = {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly process: ProcessHandle;
  /** COLUMNS and LINES of it stand for what the terminal doesn't say. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Bytes as they came. */
  readonly onInput: (chunk: Buffer | string) => void;
  readonly onResize: (size: ScreenSize) => void;
  /** Back from a suspend: the screen's content is unknown, and half-read input won't be completed. */
  readonly onResume: () => void;
  /** The process is about to end, the terminal is already given back. Must be synchronous. */
  readonly onExit?: (code: number) => void;
  /** Ask for mouse reports (SGR). Off by default: selecting text must keep working. */
  readonly mouse?: boolean;
  /** Ask for focus reports. */
  readonly focus?: boolean;
  /** Write no escape sequence at all: no other screen, no modes. For line-by-line output. */
  readonly plain?: boolean;
  /** Ask for unambiguous keys with their base layout (kitty protocol, flags 1 + 4). */
  readonly kitty?: boolean;
};

/** Exit codes as a shell shows them: 128 + signal for signals. A terminal that is gone counts as a hang-up. */
const EXIT_OF_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** EX_SOFTWARE */
const EXIT_BUG = 70;
/** The longest stack printed, in characters: about 200 lines. */
const STACK_CHARACTERS_MAX = 16_384;
/** How often is looked whether whoever started this program is still there: a call of a microsecond, but each look wakes an idle program. */
const PARENT_EVERY_MS = 3_000;
/** Long enough for a stop to have come, if it comes at all. */
const STOP_MS = 100;

/** `idle` before start, `open` owns the tty, `suspended` while stopped, `closed` for good. */
type State = 'idle' | 'open' | 'suspended' | 'closed';

/** The tty of this process. One per process. */
export class Terminal implements FrameSink {
  readonly #options: TerminalOptions;
  #state: State = 'idle';
  #exiting = false;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /** The screen in cells; 80x24 where nobody says. */
  get size(): ScreenSize {
    const { columns, rows } = sizeOf(this.#options.stdout, this.#options.env ?? {});
    return { columns: columns ?? 80, rows: rows ?? 24 };
  }

  /** Takes the tty: alternate screen, raw mode, bracketed paste, cursor hidden. Signals and errors are handled from here. */
  start(): void {
    if (this.#state !== 'idle') return;
    const { stdin, stdout, process } = this.#options;
    process.on('SIGHUP', this.#onSighup);
    process.on('SIGINT', this.#onSigint);
    process.on('SIGTERM', this.#onSigterm);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.#onContinue);
    process.on('uncaughtException', this.#onBug);
    process.on('unhandledRejection', this.#onBug);
    process.on('exit', this.#onProcessExit);
    stdout.on('error', this.#onGone);
    stdout.on('resize', this.#onResize);
    stdin.on('error', this.#onGone);
    stdin.on('end', this.#onGone);
    stdin.on('data', this.#onData);
    // Killed npx, and the shell behind it, tell nobody: a shell takes the terminal back and writes into the screen.
    const parent = process.parent();
    // Also, while stopped, a paused stdin leaves the loop empty, and Node would end on `fg`.
    this.#keepAlive = setInterval(() => {
      if (process.parent() !== parent) this.#onGone();
    }, PARENT_EVERY_MS);
    this.#take();
  }

  /** Gives the tty back and lets go of process and streams. The process goes on. */
  stop(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') this.#giveBack();
    const started = this.#state !== 'idle';
    this.#state = 'closed';
    if (!started) return;
    const { stdin, stdout, process } = this.#options;
    process.off('SIGHUP', this.#onSighup);
    process.off('SIGINT', this.#onSigint);
    process.off('SIGTERM', this.#onSigterm);
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.#onContinue);
    process.off('uncaughtException', this.#onBug);
    process.off('unhandledRejection', this.#onBug);
    process.off('exit', this.#onProcessExit);
    stdout.off('resize', this.#onResize);
    stdin.off('end', this.#onGone);
    stdin.off('data', this.#onData);
    // The two error listeners stay: a late EPIPE or EIO of a terminal that is gone must not become an uncaught error.
    clearInterval(this.#keepAlive);
  }

  /** Gives the tty back and ends the process. */
  exit(code: number): void {
    if (this.#exiting) return;
    this.#exiting = true;
    this.stop();
    try {
      this.#options.onExit?.(code);
    } finally {
      this.#options.process.exit(code);
    }
  }

  /**
   * Gives the tty back and ends by the signal that came. The process has to die of it: an orderly exit sets the modes of a
   * tty once more, and where the terminal is gone Node aborts over that. It is also what tells the shell the truth.
   */
  #endBy(signal: keyof typeof EXIT_OF_SIGNAL): void {
    if (this.#exiting) return;
    this.#exiting = true;
    const code = EXIT_OF_SIGNAL[signal];
    this.stop();
    try {
      this.#options.onExit?.(code);
    } finally {
      this.#options.process.kill(this.#options.process.pid, signal);
      // Whoever started the program may have told it to ignore the signal.
      this.#options.process.exit(code);
    }
  }

  /**
   * Ctrl+Z: gives the tty back and stops, as the kernel would, everything that the shell started with the same command:
   * npx and its shell would otherwise go on waiting, and nobody would have a prompt. After `fg` takes the tty again and
   * reports `onResume`. Where no shell is there to come back, the kernel doesn't stop anyone, and the screen returns.
   */
  readonly suspend = (): void => {
    if (this.#state !== 'open') return;
    const { process } = this.#options;
    this.#giveBack();
    this.#state = 'suspended';
    process.off('SIGTSTP', this.suspend);
    process.kill(0, 'SIGTSTP');
    setTimeout(() => {
      if (this.#state === 'suspended') this.#onContinue();
    }, STOP_MS);
  };

  /** Writes to the screen while it is ours; else drops the bytes and reports success, so that nobody waits for `drain`. */
  write(data: string): boolean {
    return this.#state === 'open' ? this.#send(data) : true;
  }

  /** For the frame writer's backpressure. */
  once(event: 'drain', listener: () => void): void {
    this.#options.stdout.once(event, listener);
  }

  #take(): void {
    this.#state = 'open';
    const { mouse, focus, kitty } = this.#options;
    this.#raw(true);
    this.#options.stdin.resume();
    if (this.#options.plain === true) return;
    // Autowrap off: a row whose width the terminal sees differently may then spoil only itself. The kitty flags come
    // after the switch, because each screen has its own.
    this.#send(
      '\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h' +
        (focus === true ? '\x1b[?1004h' : '') +
        (mouse === true ? '\x1b[?1000h\x1b[?1006h' : '') +
        (kitty === true ? '\x1b[>5u' : ''),
    );
  }

  #giveBack(): void {
    const { mouse, focus, kitty, plain } = this.#options;
    if (plain === true) {
      this.#raw(false);
      this.#options.stdin.pause();
      return;
    }
    // ?2026l first: a frame may have been cut off in its middle.
    this.#send(
      '\x1b[?2026l\x1b[0m' +
        (kitty === true ? '\x1b[<u' : '') +
        (mouse === true ? '\x1b[?1006l\x1b[?1000l' : '') +
        (focus === true ? '\x1b[?1004l' : '') +
        '\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l',
    );
    this.#raw(false);
    this.#options.stdin.pause();
  }

  #raw(raw: boolean): void {
    try {
      this.#options.stdin.setRawMode?.(raw);
    } catch {
      // The terminal is gone; there is no mode left to set.
    }
  }

  #send(data: string): boolean {
    try {
      return this.#options.stdout.write(data);
    } catch {
      // A closed stream throws instead of reporting; 'error' has been or will be reported too.
      return true;
    }
  }

  readonly #onSighup = (): void => this.#endBy('SIGHUP');
  readonly #onSigint = (): void => this.#endBy('SIGINT');
  readonly #onSigterm = (): void => this.#endBy('SIGTERM');
  readonly #onGone = (): void => {
    if (this.#state !== 'closed') this.#endBy('SIGHUP');
  };
  readonly #onProcessExit = (): void => this.stop();

  readonly #onData = (chunk: unknown): void => {
    if (this.#state !== 'open') return;
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) this.#options.onInput(chunk);
  };

  readonly #onResize = (): void => {
    if (this.#state === 'open') this.#options.onResize(this.size);
  };

  // Also after a plain SIGSTOP from outside, when we could not give the tty back: whoever ran in between may have
  // changed its modes, and libuv skips a mode that it believes to be set, so raw mode is switched off and on.
  readonly #onContinue = (): void => {
    if (this.#state !== 'open' && this.#state !== 'suspended') return;
    if (this.#state === 'suspended') this.#options.process.on('SIGTSTP', this.suspend);
    this.#raw(false);
    this.#take();
    // The window may have changed meanwhile; SIGWINCH went to the shell. Node reads the size again when it gets one.
    this.#options.process.kill(this.#options.process.pid, 'SIGWINCH');
    this.#options.onResume();
  };

  readonly #onBug = (error: unknown): void => {
    if (this.#exiting) return;
    this.stop();
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // A message may quote foreign text, and it goes to a terminal.
    this.#options.process.printError(`${clean(stack, { multiline: true, max: STACK_CHARACTERS_MAX })}\n`);
    this.exit(EXIT_BUG);
  };
}

/** This process, as a terminal needs it. */
export function nodeProcess(): ProcessHandle {
  return {
    pid: process.pid,
    parent: () => process.ppid,
    on: (event, listener) => void process.on(event, listener),
    off: (event, listener) => void process.off(event, listener),
    kill: (pid, signal) => void process.kill(pid, signal),
    exit: (code) => process.exit(code),
    printError: (text) => void process.stderr.write(text),
  };
}
