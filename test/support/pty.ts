/** A program in a real pseudo-terminal, with a terminal emulator that shows what a person would see. */
import { spawn, type IPty } from 'node-pty';
import headless from '@xterm/headless';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf } from './engine.js';

const ROOT = join(import.meta.dirname, '../..');
/** Programs that open the database by themselves; the interface only asks their server. */
const OPENS_DATABASE = /(?:auth-server\.js|start\.mjs)$/;
/** Long enough for a busy machine; a screen that doesn't come in this time won't come. */
const WAIT_MS = 20_000;
const LOOK_MS = 25;
const PERSON_LOOKS_MS = 500;

/** With CI set Ink shows nothing until it ends; the others change what is shown. */
const NOT_INHERITED = new Set([
  'CI',
  'CONTINUOUS_INTEGRATION',
  'NO_COLOR',
  'LC_ALL',
  'LC_MESSAGES',
  'LANG',
  'NODE_ENV',
  'VITEST',
]);

export type TerminalProgram = AsyncDisposable & {
  /** The screen as rows of text, without styles. */
  screen(): string[];
  text(): string;
  /** Everything that was written, raw. */
  raw(): string;
  cursor(): { row: number; column: number };
  /** The colour under a cell as `#rrggbb`; null for the terminal's own. */
  background(row: number, column: number): string | null;
  write(keys: string): void;
  resize(cols: number, rows: number): void;
  kill(signal?: string): void;
  /** Takes the terminal away from everything that runs in it, as closing a window does. */
  close(): void;
  readonly pid: number;
  readonly exited: Promise<number>;
  /** The terminal's own state: true while the alternate screen is shown. */
  alternate(): boolean;
  /** Resolves when the screen holds `wanted` (or matches, or satisfies it); throws with the screen when it doesn't. */
  sees(wanted: string | RegExp | ((text: string) => boolean)): Promise<string>;
  /** Waits as a person does before whom the screen has changed by itself: keys that come sooner are not meant for it. */
  looks(): Promise<void>;
};

export type ProgramOptions = {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cols?: number;
  readonly rows?: number;
  readonly command?: readonly [string, ...string[]];
  /** What this terminal answers to the question after its background colour; nothing unless told. */
  readonly answer_background?: string;
};

/** The question as xterm knows it. [ctlseqs, OSC 11] */
const BACKGROUND_QUESTION = '\x1b]11;?';

/** Starts the built `auth-tui` in a terminal of 80x24. */
export function startTui(options: ProgramOptions = {}): TerminalProgram {
  const { args = [], env = {}, cols = 80, rows = 24 } = options;
  const [file, ...first] = options.command ?? [process.execPath, join(ROOT, 'bin/auth-tui.js')];
  const words = [file, ...first, ...args];
  const inherited = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || NOT_INHERITED.has(name) ? [] : [[name, value]],
    ),
  );
  // What is kept for one program must not sign in the next, nor land in the home of whoever runs the tests.
  const kept = mkdtempSync(join(tmpdir(), 'portcullis-kept-'));
  const pty: IPty = spawn(file, [...first, ...args], {
    cols,
    rows,
    cwd: ROOT,
    // It becomes TERM, whatever stands in the environment.
    name: env['TERM'] ?? 'xterm-256color',
    env: {
      ...inherited,
      ...(words.some((word) => OPENS_DATABASE.test(word)) ? environmentOf(words, env) : {}),
      TERM: 'xterm-256color',
      LANG: 'en_US.UTF-8',
      XDG_CONFIG_HOME: kept,
      ...env,
    },
  });
  const terminal = new headless.Terminal({ cols, rows, allowProposedApi: true });
  let raw = '';
  let ended = false;
  pty.onData((data) => {
    const asked = raw.includes(BACKGROUND_QUESTION);
    raw += data;
    terminal.write(data);
    if (!asked && raw.includes(BACKGROUND_QUESTION) && options.answer_background !== undefined)
      pty.write(options.answer_background);
  });
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      ended = true;
      const code = signal === undefined || signal === 0 ? exitCode : 128 + signal;
      // The emulator takes what it is given a little later: the last that was written must be on its screen by then.
      terminal.write('', () => resolve(code));
    });
  });

  const screen = (): string[] => {
    const buffer = terminal.buffer.active;
    return Array.from({ length: terminal.rows }, (_, row) =>
      (buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  };
  const text = (): string => screen().join('\n');
  const sees: TerminalProgram['sees'] = async (wanted) => {
    const test =
      typeof wanted === 'function'
        ? wanted
        : (shown: string) => (typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown));
    const until = Date.now() + WAIT_MS;
    while (Date.now() < until) {
      if (test(text())) return text();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error(`The screen never showed ${String(wanted)}. It shows:\n${text()}`);
  };

  return {
    screen,
    text,
    raw: () => raw,
    cursor: () => ({ row: terminal.buffer.active.cursorY, column: terminal.buffer.active.cursorX }),
    background: (row, column) => {
      const { active } = terminal.buffer;
      const cell = active.getLine(active.baseY + row)?.getCell(column);
      return cell?.isBgRGB() === true ? `#${cell.getBgColor().toString(16).padStart(6, '0')}` : null;
    },
    write: (keys) => pty.write(keys),
    resize: (nextCols, nextRows) => {
      terminal.resize(nextCols, nextRows);
      pty.resize(nextCols, nextRows);
    },
    kill: (signal) => pty.kill(signal),
    // It has one; its types don't say so.
    close: () => (pty as IPty & { destroy(): void }).destroy(),
    pid: pty.pid,
    exited,
    alternate: () => terminal.buffer.active.type === 'alternate',
    sees,
    looks: () => new Promise((resolve) => setTimeout(resolve, PERSON_LOOKS_MS)),
    [Symbol.asyncDispose]: async () => {
      if (!ended) {
        pty.kill('SIGKILL');
        await exited;
      }
      terminal.dispose();
      rmSync(kept, { recursive: true, force: true });
    },
  };
}
