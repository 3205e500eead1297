/** `auth-server move` as a test runs it, in this process, and what it finds on both sides. */
import pg from 'pg';
import { expect, vi } from 'vitest';
import { readCommandLine, runCommand } from '../../src/server/commands/index.js';
import { MOVED } from '../../src/server/store/moving/side.js';

export type Said = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly shown: readonly string[];
};
/** Runs a command as the program does, in this process. */
export async function run(words: readonly string[], environment: Record<string, string> = {}): Promise<Said> {
  const said = { out: '', err: '' };
  const shown: string[] = [];
  try {
    const asked = readCommandLine(words);
    if (!('json' in asked)) throw new Error('no command');
    const code = await runCommand(asked, environment, {
      out: (text) => (said.out += `${text}\n`),
      complain: (text) => (said.err += `${text}\n`),
      progress: (line) => shown.push(line),
    });
    return { code, ...said, shown };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { code: null, ...said, err: error.message, shown };
  }
}

/** An address without its password, and the password. */
export function parts(url: string): { readonly bare: string; readonly password: string } {
  const bare = new URL(url);
  const { password } = bare;
  bare.password = '';
  return { bare: bare.href, password };
}

export function toPostgres(folder: string, url: string, ...more: readonly string[]): Promise<Said> {
  const { bare, password } = parts(url);
  return run(['move', '--to', bare, '--data', folder, ...more], { PGPASSWORD: password });
}
export const toFolder = (url: string, folder: string, ...more: readonly string[]): Promise<Said> =>
  run(['move', '--to', 'sqlite', '--data', folder, ...more], { AUTH_DATABASE: url });

export async function asking<T>(url: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

export async function rowsIn(url: string): Promise<number> {
  return await asking(url, async (client) => {
    let all = 0;
    for (const { table } of MOVED) {
      const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
      all += Number(rows[0]?.n);
    }
    return all;
  });
}

/** What comes by itself comes at last, on a busy machine too. */
const LATEST = { timeout: 20_000, interval: 20 };

/**
 * Waits until a statement sleeps in the database, which a test has put there, does something meanwhile, and ends the sleep.
 * `remove`: takes away what sleeps.
 */
export async function whileItSleeps(
  superuser_url: string,
  remove: string,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  await asking(superuser_url, async (client) => {
    const asleep = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    await vi.waitFor(async () => expect((await client.query(`SELECT ${asleep}`)).rowCount).toBe(1), LATEST);
    await meanwhile();
    await client.query(`SELECT pg_terminate_backend(pid) ${asleep}`);
    await client.query(remove);
  });
}
