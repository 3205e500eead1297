/**
 * Runs one command: what it gives goes to standard output, sentences for people to standard error. Never loads React:
 * a command answers before the UI would have painted its first screen.
 */
import { systemNow } from '../effects/clock.js';
import type { Refusal } from '../effects/one_shot.js';
import { problemText, type Language } from '../i18n/index.js';
import { Keep } from '../keep/index.js';
import { clean } from '../text/index.js';
import { readCommandLine, type Asked } from './command_line.js';
import { CommandContext, refusalOf } from './context.js';
import { Cancelled, UsageError } from './errors.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit_codes.js';
import { commandHelp, commandsHelp } from './help.js';
import { jsonDocument } from './layout.js';
import { SecretSource, type SecretStreams } from './secret_source.js';

export type CommandOptions = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly language: Language;
  readonly streams: SecretStreams & {
    readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  };
};

/** Runs a command line; gives its exit code. Throws only for faults of the program. */
export async function runCommandLine(options: CommandOptions): Promise<ExitCode> {
  const { argv, streams } = options;
  let { language } = options;
  const json = argv.includes('--json');
  const fail = (code: ExitCode, failure: Failed, sentence: string): ExitCode => {
    if (json) streams.stdout.write(`${jsonDocument({ error: failure })}\n`);
    streams.stderr.write(`auth-tui: ${sentence}\n`);
    return code;
  };
  try {
    const asked = readCommandLine(argv, options.env);
    if (asked.kind === 'help') {
      streams.stdout.write(asked.command === null ? commandsHelp(asked.group) : commandHelp(asked.command));
      return EXIT.ok;
    }
    language = asked.language ?? language;
    const result = await runAsked(asked, options);
    streams.stdout.write(`${json ? jsonDocument(result.json) : result.text}\n`);
    return result.exit ?? EXIT.ok;
  } catch (error) {
    const none = { details: [], retry_after_ms: null };
    if (error instanceof UsageError) {
      return fail(EXIT.usage, { code: 'usage', error: error.message, ...none }, error.message);
    }
    if (error instanceof Cancelled) {
      return fail(EXIT.cancelled, { code: 'cancelled', error: 'Cancelled.', ...none }, 'Cancelled.');
    }
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    const { code, message, details, retry_after_ms } = refusal;
    const failure = { code, error: message, details, retry_after_ms };
    return fail(exitCodeOf(code), failure, sentenceOf(refusal, language));
  }
}

/** What stands behind `error` in the JSON document of a command that was not done. */
type Failed = {
  readonly code: string;
  readonly error: string;
  readonly details: Refusal['details'];
  readonly retry_after_ms: number | null;
};

async function runAsked(
  asked: Extract<Asked, { kind: 'run' }>,
  { streams, version }: CommandOptions,
): ReturnType<typeof asked.command.run> {
  const { command, args, flags, choice, account, password_stdin } = asked;
  const { stdout } = streams;
  const context = new CommandContext({
    args,
    flags,
    secrets: new SecretSource(streams, password_stdin),
    columns: stdout.isTTY === true ? (stdout.columns ?? null) : null,
    choice,
    keep: choice.keep_folder === null ? null : new Keep(choice.keep_folder, systemNow),
    version,
    session: command.session,
    account,
  });
  try {
    return await command.run(context);
  } finally {
    await context.close();
  }
}

/** What a person is told. The server's own sentences are English; in another language ours stand for them. */
function sentenceOf({ code, message, details, retry_after_ms }: Refusal, language: Language): string {
  const said = language === 'en' ? message : problemText(language, code)[0];
  const parts = details.map((detail) => detail.message).filter((part) => part !== '' && part !== message);
  const wait = retry_after_ms === null ? [] : [`(${Math.ceil(retry_after_ms / 1000)} s)`];
  return clean([said, ...parts, ...wait].join(' '), { multiline: false });
}
