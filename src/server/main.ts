/** The program `auth-server`: command line, log, start, signals, exit code. */
import { EXIT, readCommandLine, runCommand } from './commands/index.js';
import { ConfigError, loadConfig, type Config } from './config.js';
import { startServer, type RunningServer } from './compose.js';
import {
  CertificateError,
  CONNECTION_STRING_FILE,
  DataFolderError,
  SETUP_CODE_FILE,
} from './data_folder/index.js';
import {
  createLog,
  descriptorLimit,
  EXIT_HUNG_UP,
  hearSignals,
  LogOutput,
  visible,
  type Log,
  type StopSignal,
} from './runtime/index.js';
import {
  OutcomeUnknownError,
  StorageUnavailableError,
  StoreOpenError,
  writerThreads,
} from './store/index.js';

/** Replaced when the program is built. */
declare const __VERSION__: string;

/** Closing takes at most five seconds; whatever still hangs then is cut off. */
const EXIT_HARD_MS = 6_000;
/** A start that is told to stop finishes what it is at first: a database that is brought up to date, for the most part. */
const EXIT_HARD_STARTING_MS = 60_000;
/** A reader that reads takes what is left in less. */
const LOG_DRAIN_MS = 250;
/** The program and the database hold thirty files open; fewer than this leaves nothing for connections. */
const DESCRIPTORS_MIN = 48;

/** Of a sentence on standard error: paths can be long. */
const LINE_MAX = 8_000;

/** Why something could not be written to standard output; null as long as nothing has gone wrong. */
let output_fault: string | null = null;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`auth-server: ${visible(line, LINE_MAX)}\n`);
};

/** The line that is written over; one that went on in the next row would stay. What is behind it goes last, so nothing flickers. */
const progress = (line: string): void => {
  const columns = process.stderr.columns > 0 ? process.stderr.columns : 80;
  process.stderr.write(`\r${visible(line).slice(0, columns - 1)}\u001b[K`);
};

const tooFewFiles = (): string =>
  `This process may open only ${descriptorLimit()} files, at least ${DESCRIPTORS_MIN} are needed. Raise the limit, for example with: ulimit -n 1024`;

/** Returns the sentence for a start that failed, or null for an error that nobody foresaw. */
function startSentence(error: unknown, config: Config): { sentence: string; code: number } | null {
  if (error instanceof DataFolderError) return { sentence: error.message, code: EXIT.cannot_create };
  if (error instanceof CertificateError) return { sentence: error.message, code: EXIT.usage };
  if (error instanceof StoreOpenError) return { sentence: error.message, code: EXIT.unavailable };
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const where = `${config.host}:${config.port}`;
  if (code === 'EADDRINUSE') {
    const sentence = `Port ${config.port} on ${config.host} is in use. Stop the other program, or choose another with --port.`;
    return { sentence, code: EXIT.unavailable };
  }
  if (code === 'EMFILE' || code === 'ENFILE') return { sentence: tooFewFiles(), code: EXIT.unavailable };
  if (code === 'EACCES') {
    const sentence = `Listening on ${where} is not permitted. Ports below 1024 need rights; choose a higher one with --port.`;
    return { sentence, code: EXIT.unavailable };
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      sentence: `This machine has no address ${config.host}. Choose one that it has with --host.`,
      code: EXIT.unavailable,
    };
  }
  return null;
}

function announce(server: RunningServer, config: Config, log: Log): void {
  say(
    JSON.stringify({
      ready: true,
      host: server.host,
      port: server.port,
      pid: process.pid,
      data: config.data,
      tls: server.pin !== null,
      pin: server.pin,
    }),
  );
  log.info({ host: server.host, port: server.port, tls: server.pin !== null, pin: server.pin }, 'listening');
  if (server.connection_string !== null) {
    log.info(
      { connection_string_file: `${config.data}/${CONNECTION_STRING_FILE}` },
      'the UI on another machine gets here with the connection string in this file; it holds a key',
    );
    if (process.stderr.isTTY)
      complain(`connection string, for your own machines only: ${server.connection_string}`);
  }
  if (server.setup_code !== null) {
    log.info(
      { setup_code_file: `${config.data}/${SETUP_CODE_FILE}` },
      'no administrator yet: open auth-tui on this machine and register, or register with the code in this file',
    );
    if (process.stderr.isTTY)
      complain(`setup code for the first administrator (30 minutes): ${server.setup_code}`);
  }
}

/** Says why a start was given up. */
class StoppedEarly extends Error {
  override readonly name = 'StoppedEarly';
}

type Stop = {
  /** Aborted when a signal asks to stop. */
  readonly stopping: AbortSignal;
  /** Resolves then. */
  readonly asked: Promise<StopSignal>;
  /** Cuts off what hasn't ended after so long, instead of any earlier limit. */
  readonly exitWithin: (ms: number) => void;
};

function hearStop(early: readonly StopSignal[], reload: () => void): Stop {
  const stopping = new AbortController();
  let hard: NodeJS.Timeout | undefined;
  const exitWithin = (ms: number): void => {
    clearTimeout(hard);
    hard = setTimeout(() => process.exit(1), ms).unref();
  };
  const asked = new Promise<StopSignal>((resolve) => {
    const stop = (signal: StopSignal): void => {
      exitWithin(EXIT_HARD_STARTING_MS);
      stopping.abort(new StoppedEarly(signal));
      resolve(signal);
    };
    hearSignals({ stop, reload }, early);
  });
  return { stopping: stopping.signal, asked, exitWithin };
}

/** A stop that somebody asked for is a success, but for the terminal that went away. */
const codeOfStop = (signal: StopSignal): number => (signal === 'SIGHUP' ? EXIT_HUNG_UP : EXIT.ok);

async function serve(config: Config, early: readonly StopSignal[]): Promise<number> {
  if (descriptorLimit() < DESCRIPTORS_MIN) {
    complain(tooFewFiles());
    return EXIT.unavailable;
  }
  // Everything this process makes is its owner's alone: the database, its log, the keys.
  process.umask(0o077);
  const format =
    config.log_format === 'auto' ? (process.stderr.isTTY ? 'pretty' : 'json') : config.log_format;
  const output = new LogOutput(process.stderr);
  // The colours of a terminal are its own; they want a stream, and there is no file to open anew.
  const log = createLog(config.log_level, format, format === 'pretty' ? process.stderr : output);
  const { stopping, asked, exitWithin } = hearStop(early, () => reload(output, log));
  let server: RunningServer;
  try {
    const writer_threads = writerThreads(new URL('./store_writer.js', import.meta.url));
    server = await startServer(config, {
      version: __VERSION__,
      log,
      writer_threads,
      stopping,
    });
  } catch (error) {
    if (error instanceof StoppedEarly) {
      log.info({ signal: error.message }, 'stopped before it was ready');
      return codeOfStop(await asked);
    }
    const told = startSentence(error, config);
    if (told === null) throw error;
    complain(told.sentence);
    return told.code;
  }
  // A signal that came while it began to listen is heard when the event loop has gone round once.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  if (!stopping.aborted) announce(server, config, log);
  const signal = await asked;
  log.info({ signal }, 'stopping');
  exitWithin(EXIT_HARD_MS);
  await server.close();
  log.info({}, 'stopped');
  // What a reader that has stopped to read doesn't take would keep the process alive.
  if (!(await log.drained(LOG_DRAIN_MS))) process.exit(codeOfStop(signal));
  return codeOfStop(signal);
}

/** SIGHUP without a terminal. Settings are read at a start only. */
function reload(output: LogOutput, log: Log): void {
  const did = output.reopen();
  if (did === 'reopened') log.info({}, 'reloaded: the log goes on in a file that was opened anew');
  else if (did === 'not_a_file')
    log.info({}, 'reloaded: the log goes to standard error, which is no file and stays as it is');
  else log.error({ reason: did.fault }, 'the log could not be opened anew, it stays where it is');
}

/** 128 and the number of the signal, as shells count. */
const EXIT_OF_SIGNAL: Readonly<Record<StopSignal, number>> = {
  SIGHUP: EXIT_HUNG_UP,
  SIGINT: 130,
  SIGTERM: 143,
};

/** Runs the program. `early`: the signals that came while it was loaded. Returns its exit code. */
export async function main(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  early: readonly StopSignal[],
): Promise<number> {
  // A terminal or pipe that goes away is no reason to stop, and whoever reads a result may have seen enough of it.
  process.stdout.on('error', (error: Error) => {
    const code = 'code' in error ? String(error.code) : error.message;
    if (code !== 'EPIPE') output_fault ??= code;
  });
  process.stderr.on('error', () => null);
  try {
    const asked = readCommandLine(argv);
    switch (asked.command) {
      case 'help':
        if (argv.includes('--json')) say(JSON.stringify({ help: asked.text }));
        else process.stdout.write(asked.text);
        return await written(EXIT.ok);
      case 'version':
        say(__VERSION__);
        return await written(EXIT.ok);
      case 'serve':
        return await serve(loadConfig(asked.flags, environment), early);
      default: {
        // From here on a signal ends a command as it ends any program.
        const [signal] = early;
        if (signal !== undefined) return EXIT_OF_SIGNAL[signal];
        process.umask(0o077);
        return await written(
          await runCommand(asked, environment, {
            out: say,
            complain,
            ...(process.stderr.isTTY ? { progress } : {}),
          }),
        );
      }
    }
  } catch (error) {
    const told = toldOf(error);
    // A program that asked for a document gets one, whatever happened.
    if (argv.includes('--json')) {
      const { code, sentence } = told ?? { code: 'fault', sentence: 'A fault in the program.' };
      say(JSON.stringify({ code, error: visible(sentence, LINE_MAX) }));
    }
    if (told === null) throw error;
    complain(told.sentence);
    return told.exit;
  }
}

/** Returns the exit code of a command whose result is on its way, when all of it is where it should be or will never be. */
async function written(code: number): Promise<number> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  // The error of a file is told a turn later.
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (output_fault === null) return code;
  complain(`The result could not be written (${output_fault}). What the command does may be done already.`);
  return code === EXIT.ok ? EXIT.not_written : code;
}

/** Why a command was not done, or may not be: its exit code, what programs find in the document, and the sentence for people. */
type Told = { readonly exit: number; readonly code: string; readonly sentence: string };

/** Returns what is told of an error; null for one that nobody foresaw. */
function toldOf(error: unknown): Told | null {
  if (error instanceof ConfigError) return { exit: EXIT.usage, code: 'usage', sentence: error.message };
  const { unavailable: exit } = EXIT;
  // For whoever asks for something in it, a folder that can't be used is a database that can't.
  if (error instanceof StoreOpenError || error instanceof DataFolderError)
    return { exit, code: 'storage_unavailable', sentence: error.message };
  // The messages of these two hold where it happened, for the log of a server.
  if (error instanceof StorageUnavailableError)
    return {
      exit,
      code: 'storage_unavailable',
      sentence:
        'The database can not be used at the moment, and nothing was done. Look whether its PostgreSQL runs or, where it is a file, at ' +
        'the free space of the data folder; then try again.',
    };
  if (error instanceof OutcomeUnknownError)
    return {
      exit,
      code: 'outcome_unknown',
      sentence:
        'It is not known whether this was done: the database was lost at the moment of the commit. It was done as a whole or not at ' +
        'all; look before you ask again.',
    };
  return null;
}
