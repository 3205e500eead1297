/**
 * Runs one command: what it gives goes to standard output, sentences for people to standard error. Never loads React:
 * a command answers before the UI would have painted its first screen.
 */
import { systemNow } from '../reach/index.js';
import type { Language } from '../i18n/index.js';
import { Keep } from '../keep/index.js';
import { holdsKey } from './command_words.js';
import { askedLanguage, readCommandLine, type Asked } from './command_line.js';
import { CommandContext } from './context.js';
import { Cancelled, UsageError } from './errors.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit_codes.js';
import { commandHelp, commandsHelp } from './help.js';
import { jsonDocument } from './layout.js';
import { SecretSource, type SecretStreams } from './secret_source.js';
import { failureOf, refusalOf, sentenceOf, type Failed } from './told.js';
import { wordsOf, type Words } from './words/index.js';

export type CommandOptions = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Of what people are told, unless --lang says another. */
  readonly language: Language;
  readonly streams: SecretStreams & {
    readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  };
};

/** Tells whoever gives a key as an argument. It works all the same: scripts of long ago do so. */
export function tellOfKey(stderr: { write(text: string): unknown }, language: Language): void {
  stderr.write(`auth-tui: ${wordsOf(language)('says', 'key_in_arguments')}\n`);
}

/** Runs a command line. Returns its exit code. Throws only for faults of the program. */
export async function runCommandLine(options: CommandOptions): Promise<ExitCode> {
  const { argv, streams } = options;
  const words = wordsOf(askedLanguage(argv) ?? options.language);
  const json = argv.includes('--json');
  const fail = (code: ExitCode, failure: Failed, sentence: string): ExitCode => {
    if (json) streams.stdout.write(`${jsonDocument({ error: failure })}\n`);
    streams.stderr.write(`auth-tui: ${sentence}\n`);
    return code;
  };
  try {
    const asked = readCommandLine(argv, options.env);
    if (holdsKey(argv)) tellOfKey(streams.stderr, words.language);
    if (asked.kind === 'help') {
      const { command, group } = asked;
      streams.stdout.write(command === null ? commandsHelp(words, group) : commandHelp(words, command));
      return EXIT.ok;
    }
    const result = await runAsked(asked, options, words);
    streams.stdout.write(`${json ? jsonDocument(result.json) : result.text}\n`);
    return result.exit ?? EXIT.ok;
  } catch (error) {
    const none = { details: [], retry_after_ms: null };
    if (error instanceof UsageError) {
      return fail(EXIT.usage, { code: 'usage', error: error.message, ...none }, error.sentence(words));
    }
    if (error instanceof Cancelled) {
      const failure = { code: 'cancelled', error: wordsOf('en')('says', 'cancelled'), ...none };
      return fail(EXIT.cancelled, failure, words('says', 'cancelled'));
    }
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    return fail(exitCodeOf(refusal.code), failureOf(refusal), sentenceOf(refusal, words));
  }
}

async function runAsked(
  asked: Extract<Asked, { kind: 'run' }>,
  { streams, version }: CommandOptions,
  words: Words,
): ReturnType<typeof asked.command.run> {
  const { command, args, flags, choice, account, as, password_stdin } = asked;
  const { stdout } = streams;
  const context = new CommandContext({
    args,
    flags,
    secrets: new SecretSource(streams, password_stdin, words),
    columns: stdout.isTTY === true ? (stdout.columns ?? null) : null,
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
    result = await command.run(context);
  } catch (error) {
    // What went wrong first is what is told.
    await context.close().catch(() => null);
    throw error;
  }
  await context.close();
  return result;
}
