/**
 * Runs one command: what it gives goes to standard output, sentences for people to standard error. Never loads React:
 * a command answers before the UI would have painted its first screen.
 */
import { Refusal, systemNow } from '../reach/index.js';
import type { Language } from '../i18n/index.js';
import type { ResultOutput } from '../result_output.js';
import { sizeOf } from '../terminal/index.js';
import { clean } from '../text/index.js';
import { Keep } from '../keep/index.js';
import { readCommandLine, type Asked } from './command_line.js';
import { CommandContext } from './context.js';
import { Cancelled, OwnRefusal, UsageError } from './errors.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit_codes.js';
import { commandHelp, commandsHelp } from './help.js';
import { jsonDocument } from './layout.js';
import { SecretSource, type SecretStreams } from './secret_source.js';
import { failureOf, refusalOf, sentenceOf, type Failed } from './told.js';
import { Teller } from './teller.js';
import { wordsOf } from './words/index.js';

export type CommandOptions = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Of what people are told, unless --lang says another. */
  readonly language: Language;
  /** True where signs beyond ASCII come out as others: ours are ASCII then. What others wrote stays as it is. */
  readonly ascii?: boolean;
  readonly streams: SecretStreams & {
    readonly stdout: ResultOutput;
  };
};

const NONE = { details: [], retry_after_ms: null };

/**
 * Runs a command line. Returns its exit code. With --json there is one document on standard output, whatever happens. Throws only
 * for faults of the program.
 */
export async function runCommandLine(options: CommandOptions): Promise<ExitCode> {
  const { stdout, stderr } = options.streams;
  const teller = new Teller(stderr, options);
  const code = await run(options, teller);
  const cause = (await stdout.settled?.()) ?? null;
  if (cause === null) return code;
  // Whatever it was, whoever asked for it has not got it.
  const told = teller.notWritten(cause);
  return code === EXIT.ok ? told : code;
}

async function run(options: CommandOptions, teller: Teller): Promise<ExitCode> {
  const { argv, streams } = options;
  const { words, shown } = teller;
  const json = argv.includes('--json');
  const put = (document: unknown, text: string): void => {
    if (json) streams.stdout.write(`${jsonDocument(document)}\n`);
    else if (text !== '') streams.stdout.write(shown(text));
  };
  const fail = (code: ExitCode, error: Failed, sentence: string): ExitCode => {
    put({ error }, '');
    teller.say(sentence);
    return code;
  };
  try {
    const asked = readCommandLine(argv, options.env);
    teller.hints(argv, options.env);
    if (asked.kind === 'help') {
      const { command, group } = asked;
      const help = command === null ? commandsHelp(words, group) : commandHelp(words, command);
      put({ help }, help);
      return EXIT.ok;
    }
    const result = await runAsked(asked, options, teller);
    put(result.json, result.text === '' ? '' : `${result.text}\n`);
    if (!json) for (const sentence of result.said ?? []) teller.write(`${sentence}\n`);
    return result.exit ?? EXIT.ok;
  } catch (error) {
    if (error instanceof UsageError) {
      return fail(EXIT.usage, { code: 'usage', error: error.message, ...NONE }, error.sentence(words));
    }
    if (error instanceof Cancelled) {
      const failure = { code: 'cancelled', error: wordsOf('en')('says', 'cancelled'), ...NONE };
      return fail(EXIT.cancelled, failure, words('says', 'cancelled'));
    }
    const refusal = refusalOf(error);
    if (refusal === null) {
      put({ error: { code: 'fault', error: wordsOf('en')('says', 'fault'), ...NONE } }, '');
      throw error;
    }
    return fail(exitCodeOf(refusal.code), failureOf(refusal), sentenceOf(refusal, words));
  }
}

/** Whoever may not do something as the one that was used last may have meant another. */
function withName(error: unknown, name: string | null): unknown {
  if (name === null || !(error instanceof Refusal) || error.code !== 'forbidden') return error;
  return new OwnRefusal(error.code, (words) =>
    [sentenceOf(error, words), words('says', 'asked_as', { name: clean(name) })].join(' '),
  );
}

async function runAsked(
  asked: Extract<Asked, { kind: 'run' }>,
  { env, streams, version }: CommandOptions,
  teller: Teller,
): ReturnType<typeof asked.command.run> {
  const { command, args, flags, choice, account, as, password_stdin } = asked;
  const { stdout } = streams;
  const { words } = teller;
  const context = new CommandContext({
    args,
    flags,
    secrets: new SecretSource({ stdin: streams.stdin, stderr: teller }, password_stdin, words),
    // Where nobody knows how wide it is, a line that goes on below is better than one that is cut.
    columns: stdout.isTTY === true ? sizeOf(stdout, env).columns : null,
    words,
    choice,
    keep: choice.keep_folder === null ? null : new Keep(choice.keep_folder, systemNow),
    version,
    session: command.session,
    account,
    as,
  });
  let result;
  try {
    // Its line stands before those of passwords, whatever is asked for first.
    if (choice.connection_file === '-') context.server();
    result = await command.run(context);
  } catch (error) {
    // What went wrong first is what is told.
    await context.close().catch(() => null);
    throw withName(error, context.unnamed());
  }
  await context.close();
  return result;
}
