/**
 * `auth-server move`: from the SQLite file of a data folder into a PostgreSQL and back, while no server uses one of them. The keys
 * in the data folder stay where they are, so nobody has to sign in again.
 */
import { ConfigError, loadConfig, TARGET_PASSWORD_WAYS, targetAddress } from '../config.js';
import { prepareDataFolder, secureExistingFolder } from '../data_folder/index.js';
import { systemClock } from '../runtime/index.js';
import {
  DATABASE_FILE,
  moveToFolder,
  moveToPostgres,
  PASSWORD_WAYS,
  placeOf,
  probe,
  SCHEMA_VERSION,
  StoreOpenError,
  type MovedRows,
  type Progress,
} from '../store/index.js';
import type { Flags } from './command_line.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { json, type Terminal } from './terminal.js';

type MoveCommand = { readonly flags: Flags; readonly json: boolean };
type Environment = Readonly<Record<string, string | undefined>>;

type Moved = {
  readonly from: string;
  readonly to: string;
  readonly tables: readonly MovedRows[];
  readonly next: readonly string[];
};

const FOUND: ReadonlySet<StoreOpenError['fault']> = new Set(['not_empty', 'differs', 'unfit']);

/** Runs the command. Returns its exit code. Throws ConfigError, DataFolderError, StoreOpenError. */
export async function runMove(
  { flags, json: asJson }: MoveCommand,
  environment: Environment,
  terminal: Terminal,
): Promise<ExitCode> {
  const to = flags['to'] ?? '';
  if (to === '')
    throw new ConfigError('Say where to with --to: postgres://USER@HOST/DATABASE, or sqlite. Try --help.');
  try {
    // Of a large file that takes a while.
    terminal.progress?.('looking at both sides');
    const move = to === 'sqlite' ? intoFolder : intoPostgres;
    const moved = await move(flags, environment, progressOn(terminal));
    terminal.progress?.('');
    terminal.out(asJson ? json(moved) : report(moved));
    return EXIT.ok;
  } catch (error) {
    terminal.progress?.('');
    // About what was found on the two sides: nothing that another try would change.
    if (!(error instanceof StoreOpenError) || !FOUND.has(error.fault)) throw error;
    if (asJson) terminal.out(json({ code: error.fault, error: error.message }));
    terminal.complain(error.message);
    return EXIT.refused;
  }
}

async function intoPostgres(flags: Flags, environment: Environment, onProgress: Progress): Promise<Moved> {
  const config = loadConfig(flags, environment);
  if (config.database.kind === 'postgres')
    throw new ConfigError(
      '--database names a PostgreSQL, and what is moved into one is the SQLite file of the data folder: leave it out for this ' +
        'command. From one PostgreSQL to another, its own pg_dump copies.',
    );
  const password_file = flags['to-password-file'] ?? '';
  const address = targetAddress({ to: flags['to'] ?? '', password_file }, config, environment);
  secureExistingFolder(config.data);
  const options = { now_ms: systemClock.now(), onProgress };
  const tables = await moveToPostgres(config.data, address, options).catch((error: unknown) => {
    throw aboutTarget(error);
  });
  const file = `${config.data}/${DATABASE_FILE}`;
  return {
    from: file,
    to: `the database '${address.database}' on ${placeOf(address)}`,
    tables,
    next: [
      `Start the server with the same data folder and --database (or AUTH_DATABASE): the keys in ${config.data} are needed as before.`,
      `Keep ${file} as a backup: it is as it was, and what happens from now on is not in it.`,
    ],
  };
}

async function intoFolder(flags: Flags, environment: Environment, onProgress: Progress): Promise<Moved> {
  const { data, database } = loadConfig(flags, environment);
  if (flags['to-password-file'] !== undefined)
    throw new ConfigError('--to-password-file belongs to a PostgreSQL in --to: leave it out.');
  if (database.kind === 'sqlite')
    throw new ConfigError('Name the PostgreSQL to move away from with --database or AUTH_DATABASE.');
  const { address } = database;
  // Its lock would not keep a server away, and would be left behind in the pool.
  const { faults } = await probe(address, SCHEMA_VERSION);
  const pooled = faults.find(({ fault }) => fault === 'pooled');
  if (pooled !== undefined) throw pooled;
  prepareDataFolder(data);
  const tables = await moveToFolder(address, data, { now_ms: systemClock.now(), onProgress });
  return {
    from: `the database '${address.database}' on ${placeOf(address)}`,
    to: `${data}/${DATABASE_FILE}`,
    tables,
    next: [
      `Start the server with --data ${data} and without --database. The keys of the server have to be in that folder: ` +
        'client_key.json, master_key and, with TLS, tls_cert.pem and tls_key.pem. Copy them when it is another ' +
        'folder than before.',
      'Keep the PostgreSQL as a backup: it is as it was, and what happens from now on is not in it.',
    ],
  };
}

/** What is said about a database names the flags of the server's own. */
function aboutTarget(error: unknown): unknown {
  if (!(error instanceof StoreOpenError)) return error;
  const says = error.message.replace(PASSWORD_WAYS, TARGET_PASSWORD_WAYS);
  return new StoreOpenError(error.fault, says.replace(/--database(?!-)/g, '--to'));
}

const PERCENT = 100;
const BAR = 10;
/** Between two looks at the same step, milliseconds: what changes faster can't be read. */
const SHOWN_EVERY_MS = 200;
/** Before that nobody knows how fast it goes. */
const GUESSED_AFTER_MS = 5_000;
const GUESSED_FROM = 0.05;

/** Shows how much of all is done, how long the rest will take, and the step: `####------  40 %, 2 min left: copying sign-ins, …`. */
function progressOn(terminal: Terminal): Progress {
  if (terminal.progress === undefined) return () => undefined;
  const began = performance.now();
  let shown = { step: '', at: began };
  return ({ doing, called, done, of, share }) => {
    const now = performance.now();
    const step = `${doing} ${called}`;
    if (step === shown.step && now - shown.at < SHOWN_EVERY_MS && done < of) return;
    shown = { step, at: now };
    const full = Math.floor(BAR * share);
    const left =
      now - began < GUESSED_AFTER_MS || share < GUESSED_FROM
        ? ''
        : `, ${timeLeft(((now - began) * (1 - share)) / share)}`;
    terminal.progress?.(
      `${'#'.repeat(full).padEnd(BAR, '-')} ${String(Math.floor(PERCENT * share)).padStart(3)} %${left}: ` +
        (doing === 'indexing' || of === 0 ? step : `${step}, ${counted(done)} of ${counted(of)}`),
    );
  };
}

const counted = (rows: number): string => rows.toLocaleString('en-US');

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
}

/** Of a digest, so that a line fits. */
const DIGITS_SHOWN = 16;

function report({ from, to, tables, next }: Moved): string {
  const name = Math.max(...tables.map(({ table }) => table.length));
  const count = Math.max(...tables.map(({ rows }) => counted(rows).length));
  return [
    `Moved ${from} to ${to}. Both sides hold the same (rows and SHA-256; whole with --json):`,
    '',
    ...tables.map(
      ({ table, rows, digest }) =>
        `  ${table.padEnd(name)}  ${counted(rows).padStart(count)}  ${digest.slice(0, DIGITS_SHOWN)}...`,
    ),
    '',
    ...next,
  ].join('\n');
}
