/** Runs a command of the built `auth-tui` as a script would: no terminal, its own folder for what is kept. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../bin/auth-tui.js');

export type CommandOutcome = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The one JSON document on standard output. */
  json(): Record<string, unknown>;
};

export type CommandRunner = Disposable & {
  /** XDG_CONFIG_HOME of its commands. */
  readonly config_home: string;
  run(words: readonly string[], options?: RunOptions): Promise<CommandOutcome>;
};

export type RunOptions = {
  /** What standard input holds; nothing unless told. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Commands that share a configuration folder, with words that stand before each of them. */
export function commandRunner(before: readonly string[] = []): CommandRunner {
  const config_home = mkdtempSync(join(tmpdir(), 'portcullis-kept-'));
  return {
    config_home,
    run: (words, options = {}) => runAuthTui([...words, ...before], config_home, options),
    [Symbol.dispose]: () => rmSync(config_home, { recursive: true, force: true }),
  };
}

async function runAuthTui(
  args: readonly string[],
  config_home: string,
  { stdin = '', env = {} }: RunOptions,
): Promise<CommandOutcome> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    // Away from ./data of this repository.
    cwd: config_home,
    env: { PATH: process.env['PATH'] ?? '', HOME: config_home, XDG_CONFIG_HOME: config_home, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => null);
  child.stdin.end(stdin);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
}
