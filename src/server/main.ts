/** The program `auth-server`: command line, log, start, signals, exit code. */
import { isLoopback } from './domain/index.js';
import { ConfigError, helpText, loadConfig, readCommandLine, type Config } from './config.js';
import { startServer, type RunningServer } from './compose.js';
import { DataFolderError, SETUP_CODE_FILE } from './data_folder/index.js';
import { createLog, type Log } from './runtime/index.js';
import { StoreOpenError } from './store/index.js';

/** Replaced when the program is built. */
declare const __VERSION__: string;

/** [sysexits(3)]: wrong usage, no permission, unavailable. */
const EXIT = { ok: 0, usage: 64, unavailable: 69, cannot_create: 73 } as const;
/** Closing takes at most five seconds; whatever still hangs then is cut off. */
const EXIT_HARD_MS = 6_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`auth-server: ${line}\n`);
};

/** The sentence for a start that failed, or null for an error that nobody foresaw. */
function startSentence(error: unknown, config: Config): { sentence: string; code: number } | null {
  if (error instanceof DataFolderError) return { sentence: error.message, code: EXIT.cannot_create };
  if (error instanceof StoreOpenError) return { sentence: error.message, code: EXIT.unavailable };
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const where = `${config.host}:${config.port}`;
  if (code === 'EADDRINUSE') {
    const sentence = `Port ${config.port} on ${config.host} is in use. Stop the other program, or choose another with --port.`;
    return { sentence, code: EXIT.unavailable };
  }
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
    }),
  );
  log.info({ host: server.host, port: server.port }, 'listening');
  if (server.setup_code !== null) {
    log.info(
      { setup_code_file: `${config.data}/${SETUP_CODE_FILE}` },
      'no administrator yet: open auth-tui on this machine and register, or register with the code in this file',
    );
    if (process.stderr.isTTY)
      complain(`setup code for the first administrator (30 minutes): ${server.setup_code}`);
  }
}

async function serve(config: Config): Promise<number> {
  // Everything this process makes is its owner's alone: the database, its log, the keys.
  process.umask(0o077);
  if (!isLoopback(config.host)) {
    complain(
      `${config.host} is reachable from other machines, and this release speaks plain TCP only. ` +
        'Use --host 127.0.0.1, and an SSH tunnel from elsewhere.',
    );
    return EXIT.usage;
  }
  const format =
    config.log_format === 'auto' ? (process.stderr.isTTY ? 'pretty' : 'json') : config.log_format;
  const log = createLog(config.log_level, format, process.stderr);
  let server: RunningServer;
  try {
    const writer_script = new URL('./store_writer.js', import.meta.url);
    server = await startServer(config, { version: __VERSION__, log, writer_script });
  } catch (error) {
    const told = startSentence(error, config);
    if (told === null) throw error;
    complain(told.sentence);
    return told.code;
  }
  // A terminal or pipe that goes away is no reason to stop.
  process.stdout.on('error', () => null);
  process.stderr.on('error', () => null);
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(signal));
  });
  announce(server, config, log);
  log.info({ signal: await stopped }, 'stopping');
  setTimeout(() => process.exit(1), EXIT_HARD_MS).unref();
  await server.close();
  log.info({}, 'stopped');
  return EXIT.ok;
}

/** Runs the program; gives its exit code. */
export async function main(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    const { command, flags } = readCommandLine(argv);
    if (command === 'help') {
      process.stdout.write(helpText());
      return EXIT.ok;
    }
    if (command === 'version') {
      say(__VERSION__);
      return EXIT.ok;
    }
    return await serve(loadConfig(flags, environment));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain(error.message);
    return EXIT.usage;
  }
}
