/** Runs the built program `auth-server` as people do. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environmentOf } from './engine.js';

export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

const PROGRAM = join(import.meta.dirname, '../../bin/auth-server.js');

/** Runs a command to its end. */
export async function authServer(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...environment, ...environmentOf(words, environment) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}
