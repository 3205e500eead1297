/** `auth-server move` as a run's own step: how long it takes, and how much memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Programs } from './programs.js';
import { peakResidentBytes } from './cpu_time.js';

const LOOK_MS = 50;
const MOVE_MS_MAX = 45 * 60_000;

/** The number of rows and the digest of each table, by its name. */
export type MovedTables = ReadonlyMap<string, string>;
export type Move = { readonly seconds: number; readonly peak_bytes: number; readonly tables: MovedTables };

async function move(programs: Programs, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Move> {
  const began = performance.now();
  const child = spawn(process.execPath, [programs.server, 'move', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: MOVE_MS_MAX,
    killSignal: 'SIGKILL',
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  let peak_bytes = 0;
  const looking = setInterval(() => {
    if (child.pid !== undefined) peak_bytes = peakResidentBytes(child.pid) ?? peak_bytes;
  }, LOOK_MS);
  try {
    await once(child, 'close');
  } finally {
    clearInterval(looking);
    child.kill('SIGKILL');
  }
  if (child.exitCode !== 0) throw new Error(`auth-server move: ${said.err}`);
  // What the command prints with --json.
  const { tables } = JSON.parse(said.out) as {
    readonly tables: readonly { readonly table: string; readonly rows: number; readonly digest: string }[];
  };
  return {
    seconds: (performance.now() - began) / 1000,
    peak_bytes,
    tables: new Map(tables.map(({ table, rows, digest }) => [table, `${rows} ${digest}`])),
  };
}

/** Moves what is in a data folder into an empty database. `url`: with its password. */
export async function moveInto(programs: Programs, data: string, url: string): Promise<Move> {
  const to = new URL(url);
  const { password } = to;
  // In a flag it is refused.
  to.password = '';
  return move(programs, ['--data', data, '--to', to.href], { PGPASSWORD: password });
}

/** The same back, into a folder without a database. */
export async function moveBack(programs: Programs, url: string, data: string): Promise<Move> {
  return move(programs, ['--data', data, '--to', 'sqlite'], { AUTH_DATABASE: url });
}
