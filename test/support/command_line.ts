/** Command lines of auth-tui without a program, a terminal or a server: what they write and how they end. */
import { runCommandLine } from '../../src/tui/commands/index.js';
import { NO_INPUT } from './no_input.js';

export type CommandRun = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a line in English, for somebody who has no files and gives no input. */
export async function runLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = { HOME: '/nowhere' },
): Promise<CommandRun> {
  let [out, err] = ['', ''];
  const code = await runCommandLine({
    argv,
    env,
    version: '0.0.0-test',
    language: 'en',
    streams: {
      stdin: NO_INPUT,
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    },
  });
  return { code, out, err };
}
