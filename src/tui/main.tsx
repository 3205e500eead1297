/**
 * The program `auth-tui`: reads the command line, takes the terminal, paints a skeleton, and only then loads React and
 * the app. The terminal is given back on every way out.
 */
import { ESCAPE_TIMEOUT_MS, KeyParser } from './input/index.js';
import { readCommand } from './config.js';
import { skeletonRows } from './skeleton.js';
import { FrameWriter } from './terminal/frame_writer.js';
import { nodeProcess, Terminal } from './terminal/terminal.js';
import type { RunningApp } from './app/run_app.js';

declare const __VERSION__: string | undefined;

/** EX_USAGE */
const EXIT_USAGE = 64;

const versionOf = (): string => (typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source');

/** Runs the interface until it is left. Gives the exit code. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const command = readCommand(argv, env);
  if (command.kind === 'usage_error') {
    stderr.write(`auth-tui: ${command.message} See auth-tui --help.\n`);
    return EXIT_USAGE;
  }
  if (command.kind === 'help') {
    const { helpText } = await import('./help_text.js');
    stdout.write(helpText(command.language));
    return 0;
  }
  if (command.kind === 'version') {
    stdout.write(`${versionOf()}\n`);
    return 0;
  }
  const { config } = command;
  if (!stdin.isTTY || !stdout.isTTY) {
    stderr.write('auth-tui: this program needs a terminal on its input and output.\n');
    return EXIT_USAGE;
  }

  const parser = new KeyParser();
  let app: RunningApp | null = null;
  let escapeTimer: NodeJS.Timeout | undefined;
  const early: Buffer[] = [];
  const take = (chunk: Buffer): void => {
    clearTimeout(escapeTimer);
    // Keys that come while React is loading wait for it.
    if (app === null) {
      early.push(chunk);
      return;
    }
    app.handle(parser.feed(chunk));
    if (parser.pending()) escapeTimer = setTimeout(() => app?.handle(parser.flush()), ESCAPE_TIMEOUT_MS);
  };

  const terminal = new Terminal({
    stdin,
    stdout,
    process: nodeProcess(),
    onInput: (chunk) => take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
    onResize: (size) => {
      writer.resize(size);
      app?.resize(size);
    },
    onResume: () => {
      parser.reset();
      writer.redraw();
    },
    kitty: true,
  });
  const writer = new FrameWriter(terminal, terminal.size);
  terminal.start();
  writer.draw(skeletonRows(terminal.size.columns, terminal.size.rows));

  const { runApp } = await import('./app/run_app.js');
  return new Promise<number>((resolve) => {
    app = runApp({
      config,
      version: versionOf(),
      size: terminal.size,
      draw: (frame, cursor) => writer.draw(frame, cursor),
      redraw: () => writer.redraw(),
      suspend: () => terminal.suspend(),
      onQuit: () => {
        clearTimeout(escapeTimer);
        terminal.stop();
        resolve(0);
      },
    });
    for (const chunk of early) take(chunk);
  });
}
