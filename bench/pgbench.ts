/**
 * pgbench, PostgreSQL's own load generator, with scripts of what was recorded: what a database can do when nothing stands
 * before it. It isn't part of npm's PostgreSQL.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Recorded } from './recorded.js';

const INSTALLED = '/usr/lib/postgresql';
/** pgbench takes at most 128 files. */
const FILES = 8;
/** Statements are prepared on each connection at their first use: what is measured begins behind that. */
const WARM_SECONDS = 2;
const LATE_MS = 20_000;

/** Returns the path of a pgbench, null when there is none: beside the PostgreSQL of the tests, on PATH, or where Debian has it. */
export function findPgbench(): string | null {
  const named = process.env['PORTCULLIS_POSTGRES_BIN'];
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  const newestFirst = versions.toSorted((one, other) => Number(other) - Number(one));
  const folders = [
    ...(named === undefined ? [] : [named]),
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...newestFirst.map((version) => join(INSTALLED, version, 'bin')),
  ];
  for (const path of folders.map((folder) => join(folder, 'pgbench'))) {
    try {
      execFileSync(path, ['--version'], { stdio: 'ignore' });
      return path;
    } catch {
      // Not there.
    }
  }
  return null;
}

/** A colon begins a variable of pgbench's, also between quotes. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const text =
    value instanceof Uint8Array
      ? `\\x${Buffer.from(value).toString('hex')}`
      : Array.isArray(value)
        ? `{${value.map((one) => JSON.stringify(String(one))).join(',')}}`
        : `${value as string | number}`;
  const escaped = text.replace(/[\\:']/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`);
  return escaped === text ? `'${text}'` : `E'${escaped}'`;
}

/** Values in place of parameters: PostgreSQL plans such a statement once and for all, which is the least that it can cost. */
const statementsOf = (recorded: Recorded): string =>
  recorded
    .map(
      ({ text, values = [] }) =>
        `${text.replace(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1]))};`,
    )
    .join('\n');

/** Writes scripts in which each client carries out what is its alone, so that nobody waits for a row; returns their paths. */
function writeScripts(folder: string, recorded: readonly Recorded[], clients: number): readonly string[] {
  const place = mkdtempSync(join(folder, 'pgbench-'));
  return Array.from({ length: FILES }, (_, file) => {
    const branches = Array.from({ length: clients }, (_, client) => {
      const own = recorded[(file * clients + client) % recorded.length] ?? [];
      return `\\${client === 0 ? 'if' : 'elif'} :client_id = ${client}\n${statementsOf(own)}`;
    });
    const path = join(place, `${file}.sql`);
    writeFileSync(path, `${branches.join('\n')}\n\\endif\n`);
    return path;
  });
}

export type Pressed = {
  readonly pgbench: string;
  /** Where to write. */
  readonly folder: string;
  /** With its password. */
  readonly url: string;
  /** Each is a transaction that can be repeated. */
  readonly recorded: readonly Recorded[];
  readonly clients: number;
  readonly seconds: number;
};

export type Pgbenched = {
  /** Transactions a second, each of its seconds counted alike. */
  readonly per_second: number;
  /** How many there were all in all. */
  readonly transactions: number;
};

/** Carries out transactions as fast as PostgreSQL takes them. Throws when one of them fails. */
export async function runPgbench(pressed: Pressed): Promise<Pgbenched> {
  const { hostname, port, username, password, pathname } = new URL(pressed.url);
  const files = writeScripts(pressed.folder, pressed.recorded, pressed.clients);
  const seconds = WARM_SECONDS + pressed.seconds;
  const { stdout, stderr } = await promisify(execFile)(
    pressed.pgbench,
    [
      ...['--no-vacuum', '--protocol', 'prepared', '--jobs', '1', '--client', String(pressed.clients)],
      ...['--time', String(seconds), '--progress', '1'],
      ...['--host', hostname, '--port', port, '--username', username],
      ...files.flatMap((file) => ['--file', file]),
      pathname.slice(1),
    ],
    { env: { ...process.env, PGPASSWORD: password }, timeout: seconds * 1_000 + LATE_MS, encoding: 'utf8' },
  );
  const rates = [...stderr.matchAll(/^progress: [\d.]+ s, ([\d.]+) tps/gm)].map(([, rate]) => Number(rate));
  const measured = rates.slice(WARM_SECONDS);
  const transactions = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1]);
  if (measured.length === 0 || !(transactions > 0) || /number of failed transactions: [1-9]/.test(stdout))
    throw new Error(`pgbench: ${stdout}\n${stderr}`);
  return { per_second: measured.reduce((sum, rate) => sum + rate, 0) / measured.length, transactions };
}
