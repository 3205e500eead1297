/** The built server as a process of its own, for what only a process can suffer: being killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseOf } from './engine.js';
import type { Reachable } from './raw_peer.js';

const PROGRAM = join(import.meta.dirname, '../../bin/auth-server.js');

export type ServerProgram = Reachable &
  AsyncDisposable & {
    /** Ends the process without a chance to do anything more, and waits until it is gone. */
    kill(): Promise<void>;
  };

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
}

/** Starts the program on a free port, on the engine of this run, and waits until it listens. */
export async function startProgram(
  data_folder: string,
  flags: readonly string[] = [],
): Promise<ServerProgram> {
  const args = ['--data', data_folder, '--port', '0', '--password-cost', '15', '--throttle', 'off'];
  const database = await databaseOf(data_folder);
  const env = database === null ? process.env : { ...process.env, AUTH_DATABASE: database };
  const child = spawn(process.execPath, [PROGRAM, ...args, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let printed = '';
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const end = printed.indexOf('\n');
      if (end !== -1) resolve(printed.slice(0, end));
    });
    child.once('exit', (code) => reject(new Error(`auth-server ended with ${String(code)}: ${complained}`)));
  });
  // Its own first line, and a file of its own making.
  const { host, port } = JSON.parse(line) as { host: string; port: number };
  const { key_id, key } = JSON.parse(readFileSync(join(data_folder, 'client_key.json'), 'utf8')) as {
    key_id: string;
    key: string;
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited(child);
  };
  return {
    host,
    port,
    address: { key: { key_id, key: Buffer.from(key, 'base64url') } },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
