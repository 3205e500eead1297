/** The built server as its own process, the way people run it: started, watched, signalled, killed. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf } from './engine.js';
import type { Reachable } from './raw_peer.js';

export const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'bin/auth-server.js');

/** A server that was started, with everything it says. */
export class BuiltServer implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Exit code, or the signal's name; resolves when the process is gone. */
  readonly exited: Promise<number | string>;

  /** `within`: a command that ends by becoming the server, such as `ip netns exec NAME`; it keeps the process id. */
  constructor(args: readonly string[], options: SpawnOptions = {}, within: readonly string[] = []) {
    // No variable of the person who runs the tests may change what the server does.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AUTH_'));
    const { env = Object.fromEntries(inherited) } = options;
    const words = [...within, process.execPath, PROGRAM, ...args];
    const [program = process.execPath, ...rest] = words;
    this.child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
      env: { ...env, ...environmentOf(words, env) },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
    });
  }

  /** Waits for the ready line. Throws when the program ends instead. */
  async ready(): Promise<Reachable> {
    const line = await new Promise<string>((resolve, reject) => {
      const look = (): void => {
        const end = this.stdout.indexOf('\n');
        if (end !== -1) resolve(this.stdout.slice(0, end));
      };
      this.child.stdout?.on('data', look);
      look();
      void this.exited.then((code) => reject(new Error(`ended with ${code}: ${this.stderr}`)));
    });
    // The server's own words about itself; a test looks at them.
    const said = JSON.parse(line) as { host: string; port: number; data: string };
    const { key_id = '', key = '' } = JSON.parse(
      readFileSync(join(said.data, 'client_key.json'), 'utf8'),
    ) as Record<string, string>;
    return {
      host: said.host,
      port: said.port,
      address: { key: { key_id, key: Buffer.from(key, 'base64url') } },
    };
  }

  /** Its process id. Throws when it could not be started at all. */
  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program could not be started');
    return this.child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** A free port, a cheap hash and no throttling. */
const cheap = (data: string): string[] =>
  `--port 0 --password-cost 15 --throttle off --connections-per-address 500 --data ${data}`.split(' ');

/** Starts it on a free port with a cheap hash and no throttling. */
export function startBuilt(data: string, ...flags: string[]): BuiltServer {
  return new BuiltServer([...cheap(data), ...flags]);
}

/** The same, under limits of the shell, for example `ulimit -n 64`. */
export function startLimited(limits: string, data: string, ...flags: string[]): BuiltServer {
  return new BuiltServer([...cheap(data), ...flags], {}, ['sh', '-c', `${limits}; exec "$0" "$@"`]);
}

/** The same, inside something else: see the constructor. */
export function startWithin(within: readonly string[], data: string, ...flags: string[]): BuiltServer {
  return new BuiltServer([...cheap(data), ...flags], {}, within);
}
