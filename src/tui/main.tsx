/**
 * The program `auth-tui`: reads the command line, takes the terminal, paints a skeleton, and only then loads React and
 * the app. The terminal is given back on every way out.
 */
import { KeyParser } from './input/index.js';
import { commandLanguage, readCommand } from './config.js';
import { holdsKey, isCommandLine } from './commands/command_words.js';
import { AppendWriter, clipboardSequence, FrameWriter, nodeProcess, Terminal } from './terminal/index.js';
import { skeletonRows } from './skeleton.js';
import type { RunningApp } from './app/index.js';
import type { RunningDemo } from './commands/index.js';

declare const __VERSION__: string | undefined;

/** EX_USAGE */
const EXIT_USAGE = 64;
/** EX_UNAVAILABLE */
const EXIT_UNAVAILABLE = 69;
/** Tells who started a server for this program that it is to go on. */
const EXIT_LEAVE_SERVER = 10;
/** EX_CONFIG */
const EXIT_CONFIG = 78;

const versionOf = (): string => (typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source');

/**
 * Runs the interface until it is left. Gives the exit code. A key in the environment is taken out of `environment`, which programs
 * that are started from here would inherit.
 */
export async function main(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const env = { ...environment };
  delete environment['PORTCULLIS'];
  // Whoever lists the processes of this machine from now on sees the name alone.
  if (holdsKey(argv)) process.title = 'auth-tui';
  if (isCommandLine(argv)) {
    const { runCommandLine } = await import('./commands/index.js');
    // Whoever reads the result may have seen enough of it.
    stdout.on('error', () => null);
    const streams = { stdin, stdout, stderr };
    return runCommandLine({ argv, env, version: versionOf(), language: commandLanguage(env), streams });
  }
  const command = readCommand(argv, env);
  if (command.kind === 'usage_error') {
    stderr.write(`auth-tui: ${command.message} See auth-tui --help.\n`);
    return EXIT_USAGE;
  }
  if (command.kind === 'config_error') {
    stderr.write(`auth-tui: ${command.message}\n`);
    return EXIT_CONFIG;
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
  let { choice } = command;
  if (!stdin.isTTY || !stdout.isTTY) {
    stderr.write('auth-tui: this program needs a terminal on its input and output.\n');
    return EXIT_USAGE;
  }

  if (holdsKey(argv)) {
    const { tellOfKey } = await import('./commands/index.js');
    tellOfKey(stderr, config.language);
  }

  let demo: RunningDemo | null = null;
  if (command.demo) {
    const { startDemo } = await import('./commands/index.js');
    demo = await startDemo(stderr, config.language, command.demo_port);
    if (demo === null) return EXIT_UNAVAILABLE;
    choice = demo.choice;
  }

  const parser = new KeyParser();
  let app: RunningApp | null = null;
  let silenceTimer: NodeJS.Timeout | undefined;
  const early: Buffer[] = [];
  const take = (chunk: Buffer): void => {
    clearTimeout(silenceTimer);
    // Keys that come while React is loading wait for it.
    if (app === null) {
      early.push(chunk);
      return;
    }
    app.handle(parser.feed(chunk));
    const silence = parser.silence();
    if (silence !== null) silenceTimer = setTimeout(() => app?.handle(parser.flush()), silence);
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
      redraw();
    },
    kitty: true,
    plain: config.accessible,
  });
  const writer = new FrameWriter(terminal, terminal.size);
  const lines = config.accessible ? new AppendWriter(terminal) : null;
  const redraw = (): void => (lines ?? writer).redraw();
  terminal.start();
  if (lines === null) writer.draw(skeletonRows(terminal.size.columns, terminal.size.rows));

  const { runApp } = await import('./app/index.js');
  const code = await new Promise<number>((resolve) => {
    app = runApp({
      config,
      choice,
      session_token: demo?.session_token ?? null,
      demo_password: demo?.password ?? null,
      version: versionOf(),
      size: terminal.size,
      draw: (frame, cursor, scene, keyed) => {
        if (lines === null) writer.draw(frame, cursor);
        else lines.draw(frame, cursor, scene, keyed);
      },
      redraw,
      suspend: () => terminal.suspend(),
      copy: (text) => {
        if (!config.takes_escapes) return 'no_escapes';
        const sequence = clipboardSequence(text, config.multiplexer);
        if (sequence === null) return 'too_long';
        terminal.write(sequence);
        return 'sent';
      },
      onQuit: (leave_server) => {
        clearTimeout(silenceTimer);
        terminal.stop();
        resolve(leave_server ? EXIT_LEAVE_SERVER : 0);
      },
    });
    app.askBackground((question) => terminal.write(question));
    for (const chunk of early) take(chunk);
  });
  await demo?.stop();
  return code;
}
