/**
 * The program `auth-tui`: reads the command line, takes the terminal, paints a skeleton, and only then loads React and
 * the app. The terminal is given back on every way out.
 */
import { KeyParser } from './input/index.js';
import { commandLanguage, commandsInAscii, readCommand } from './config.js';
import { hasLikeOurs, holdsKey, lineKind, type UsageFault } from './commands/command_words.js';
import { AppendWriter, clipboardSequence, FrameWriter, nodeProcess, Terminal } from './terminal/index.js';
import { resultOutput } from './result_output.js';
import { skeletonRows } from './skeleton.js';
import type { RunningApp } from './app/index.js';
import type { RunningDemo, Teller } from './commands/index.js';

declare const __VERSION__: string | undefined;

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
  // Not stdin: a command leaves what it wasn't asked to read to others.
  const { stdout, stderr } = process;
  // There is nobody left to tell.
  stderr.on('error', () => null);
  const env = { ...environment };
  delete environment['PORTCULLIS'];
  // Whoever lists the processes of this machine from now on sees the name alone.
  if (holdsKey(argv)) process.title = 'auth-tui';
  const kind = lineKind(argv);
  if (kind !== 'ui') {
    const { isServerName, processInput, runCommandLine } = await import('./commands/index.js');
    const streams = { stdin: processInput(), stdout: resultOutput(stdout), stderr };
    const named = kind === 'command' ? 'unknown' : await isServerName(kind.name, env);
    if (named !== 'known') {
      const language = commandLanguage(env);
      const code = await runCommandLine({
        argv,
        env,
        version: versionOf(),
        language,
        ascii: commandsInAscii(env),
        streams,
      });
      // A question that nobody answers would hold up the end.
      if (named === 'unanswered') process.exit(code);
      return code;
    }
  }
  // The sentences are loaded when there is something to say.
  const teller = async (): Promise<Teller> => {
    const { Teller: Telling } = await import('./commands/index.js');
    return new Telling(stderr, { argv, language: commandLanguage(env), ascii: commandsInAscii(env) });
  };
  const refuse = async (fault: UsageFault): Promise<number> => (await teller()).usage(fault);
  const print = async (text: string): Promise<number> => {
    const output = resultOutput(stdout);
    output.write(text);
    const cause = await output.settled?.();
    if (cause === null || cause === undefined) return 0;
    return (await teller()).notWritten(cause);
  };
  const command = readCommand(argv, env);
  if (command.kind === 'usage_error') {
    return refuse(command.fault);
  }
  if (command.kind === 'config_error') {
    (await teller()).settings(command.fault);
    return EXIT_CONFIG;
  }
  if (command.kind === 'help') {
    const [{ helpText }, { asciiText }] = await Promise.all([
      import('./help_text.js'),
      import('./theme/index.js'),
    ]);
    const help = helpText(command.language);
    return print(commandsInAscii(env) ? asciiText(help) : help);
  }
  if (command.kind === 'version') {
    return print(`${versionOf()}\n`);
  }
  const { config } = command;
  const { stdin } = process;
  let { choice } = command;
  if (!stdin.isTTY || !stdout.isTTY) {
    return refuse({ says: 'needs_terminal' });
  }

  if (holdsKey(argv) || hasLikeOurs(env)) (await teller()).hints(argv, env);

  let demo: RunningDemo | null = null;
  if (command.demo) {
    const { startDemo } = await import('./commands/index.js');
    demo = await startDemo(await teller(), config.language, command.demo_port);
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
    env,
    onInput: (chunk) => take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
    onResize: (size) => {
      writer.resize(size);
      app?.resize(size);
    },
    onResume: () => {
      parser.reset();
      redraw();
    },
    kitty: config.kitty,
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
      who: command.who,
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
