/**
 * The configuration: one table of options, read from flags, AUTH_* environment, a file of such variables and a JSON file, in
 * this order of strength, validated in one place. Help text and the table in the documents come from here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_PORT, INSECURE_PLAIN, LIMITS, nearest } from '../protocol/index.js';
import { ACCESS_TOKEN_MINUTES, SCRYPT_LOG_N, SCRYPT_LOG_N_MAX, SCRYPT_LOG_N_MIN } from './crypto/index.js';
import { LOG_FORMATS, LOG_LEVELS, visible } from './runtime/index.js';
import {
  ConfigError,
  foreignAnswer,
  parseSetting,
  passwordFileFault,
  readConfigFile,
  readEnvFile,
  readPasswordFile,
  takes,
  withoutPasswords,
  type EnvLine,
  type SettingSchema,
} from './settings/index.js';
import {
  DATABASE_PLAIN,
  DatabasePassword,
  PASSWORD_WAYS,
  readDatabaseUrl,
  type DatabaseAddress,
} from './store/index.js';

export { ConfigError };

type Option<S extends SettingSchema = SettingSchema> = {
  readonly schema: S;
  readonly fallback: z.output<S>;
  readonly help: string;
  /** How the value is named in help, for example `PORT`. */
  readonly value: string;
};

const option = <S extends SettingSchema>(
  schema: S,
  fallback: z.output<S>,
  value: string,
  help: string,
): Option<S> => ({
  schema,
  fallback,
  value,
  help,
});

/** A whole number within bounds; how it may be written is settings/values.ts' business. */
const count = (min: number, max: number) => z.int().min(min).max(max);

export const OPTIONS = {
  host: option(z.string().min(1).max(255).regex(/^\S+$/), '127.0.0.1', 'ADDRESS', 'address to listen on'),
  port: option(count(0, 65_535), DEFAULT_PORT, 'PORT', 'TCP port; 0 takes a free one'),
  tls: option(
    z.enum(['auto', 'on']),
    'auto',
    'auto|on',
    'TLS 1.3; auto serves it to other machines and plain TCP on loopback addresses',
  ),
  tls_cert: option(
    z.string(),
    '',
    'FILE',
    'certificate of your own in PEM, its chain after it; unless told, one is made in the data folder',
  ),
  tls_key: option(z.string(), '', 'FILE', 'key of that certificate in PEM, without a passphrase'),
  insecure_plain: option(
    z.enum(['no', INSECURE_PLAIN]),
    'no',
    INSECURE_PLAIN,
    'plain TCP on addresses that other machines reach: whoever is on the way reads and changes everything, ' +
      'passwords included; only for networks that encrypt by themselves',
  ),
  data: option(z.string().min(1), 'data', 'FOLDER', 'folder of the database and the keys'),
  database: option(
    z.string(),
    '',
    'postgres://USER@HOST/DATABASE',
    'the PostgreSQL that holds the accounts; unless told, a SQLite file in the data folder does. A password in it is taken from ' +
      'the environment or a private file only. To other machines by TLS, `?sslmode=verify-full`, and `&sslrootcert=FILE` for an ' +
      'authority of your own; `?host=FOLDER` is a Unix socket',
  ),
  database_password_file: option(
    z.string(),
    '',
    'FILE',
    'private file with the password of that PostgreSQL as its one line; unless told, PGPASSWORD is taken',
  ),
  database_insecure_plain: option(
    z.enum(['no', DATABASE_PLAIN]),
    'no',
    DATABASE_PLAIN,
    'plain TCP to a PostgreSQL on another machine: whoever is on the way reads and changes every account; only for networks ' +
      'that encrypt by themselves',
  ),
  server_name: option(
    z.string().min(1).max(64).trim(),
    'Portcullis',
    'NAME',
    'what people see this server called',
  ),
  registration: option(z.enum(['open', 'closed']), 'open', 'open|closed', 'whether strangers may register'),
  password_length_min: option(
    count(LIMITS.password_length_min, 64),
    LIMITS.password_length_min,
    'COUNT',
    'characters that a new password needs at least',
  ),
  password_cost: option(
    count(SCRYPT_LOG_N_MIN, SCRYPT_LOG_N_MAX),
    SCRYPT_LOG_N,
    'LOG2N',
    'cost of a password hash: scrypt with N = 2^LOG2N; each step doubles time and memory',
  ),
  hash_queue: option(
    count(1, 10_000),
    32,
    'COUNT',
    'sign-ins that may wait for a password hash; of more, the newest of the longest line is told `busy`',
  ),
  session_idle_days: option(count(1, 3_650), 30, 'DAYS', 'a session ends after this long without activity'),
  session_days: option(
    count(1, 3_650),
    180,
    'DAYS',
    'a session ends this long after sign-in, whatever happens',
  ),
  access_token_minutes: option(
    count(1, 1_440),
    ACCESS_TOKEN_MINUTES,
    'MINUTES',
    'how long an access token is good; whoever checks its signature alone believes it for so long after a sign-out',
  ),
  // The list of them is one reply: five hundred, of clients that say as much of themselves as they may, are 700 KB.
  sessions_max: option(count(1, 500), 10, 'COUNT', 'live sessions of one account; the oldest makes room'),
  auto_register: option(
    z.enum(['on', 'off']),
    'off',
    'on|off',
    'on: signing in with an unknown name registers it, as JIM servers do',
  ),
  sign_in_history_days: option(count(1, 3_650), 365, 'DAYS', 'how long sign-ins are remembered'),
  throttle: option(
    z.enum(['on', 'off']),
    'on',
    'on|off',
    'limits on guessing, registering and writing; off is for tests and closed networks only',
  ),
  connections_per_address: option(
    count(1, 100_000),
    LIMITS.connections_per_address_before_sign_in_max,
    'COUNT',
    'connections of one address on which nobody has signed in',
  ),
  signed_in_per_session: option(
    count(1, 1_000_000),
    LIMITS.connections_per_session_max,
    'COUNT',
    'connections that are signed in with one session',
  ),
  signed_in_per_account: option(
    count(1, 1_000_000),
    LIMITS.connections_per_account_max,
    'COUNT',
    'connections that are signed in to one account',
  ),
  signed_in_per_address: option(
    count(1, 1_000_000),
    LIMITS.connections_per_address_max,
    'COUNT',
    'connections of one address that are signed in',
  ),
  connections_max: option(
    count(16, 1_000_000),
    1_000_000,
    'COUNT',
    'all connections together; never more than the process may open files',
  ),
  log_level: option(
    z.enum(LOG_LEVELS),
    'info',
    LOG_LEVELS.join('|'),
    'the least important line that is logged',
  ),
  log_format: option(
    z.enum(LOG_FORMATS),
    'auto',
    LOG_FORMATS.join('|'),
    'auto is pretty in a terminal, else json',
  ),
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;
type Settings = { readonly [O in OptionName]: z.output<(typeof OPTIONS)[O]['schema']> };

/** Where accounts are kept. */
export type DatabaseChoice =
  { readonly kind: 'sqlite' } | { readonly kind: 'postgres'; readonly address: DatabaseAddress };

/** The settings; of `database`, which can hold a password, what it means. */
export type Config = Omit<Settings, 'database'> & { readonly database: DatabaseChoice };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const flagOf = (name: OptionName): string => name.replaceAll('_', '-');
export const variableOf = (name: OptionName): string => `AUTH_${name.toUpperCase()}`;

type Values = Readonly<Record<string, string | undefined>>;
type Found = {
  readonly value: unknown;
  readonly from: string;
  readonly source: 'text' | 'json';
  /** Who else can see it: everybody on this machine, this user's own processes, or who can read a file. */
  readonly seen: 'by_all' | 'by_user' | { readonly what: string; readonly path: string };
};

const CONFIG_FILE = 'config.json';
const PREFIX = 'AUTH_';
const CONFIG_VARIABLE = 'AUTH_CONFIG';
const VARIABLES: readonly string[] = [...OPTION_NAMES.map(variableOf), CONFIG_VARIABLE];

/** Where settings come from, and which of them wins. An empty variable is none, as a shell makes one by mistake. */
class Sources {
  readonly #flags: Values;
  readonly #environment: Values;
  readonly #env_file: ReadonlyMap<string, EnvLine>;
  readonly #env_path: string;
  #file: Readonly<Record<string, unknown>> = {};
  #path = '';
  /** Whether everything that was named could be read: what isn't found elsewhere may be in a file that could not. */
  readonly complete: boolean;

  /** `lenient`: whoever looks for what is wrong takes what can be read, and names that are no settings don't count. */
  constructor(flags: Values, environment: Values, lenient = false) {
    this.#flags = flags;
    this.#environment = environment;
    this.#env_path = flags['env-file'] ?? '';
    const read = <T>(what: () => T): T | undefined => {
      try {
        return what();
      } catch (error) {
        if (!lenient || !(error instanceof ConfigError)) throw error;
        return undefined;
      }
    };
    const lines = flags['env-file'] === undefined ? new Map() : read(() => readEnvFile(this.#env_path));
    this.#env_file = lines ?? new Map();
    read(() => this.#refuseStrangeVariables());
    const file = read(() => this.#readFile());
    this.complete = lines !== undefined && file !== undefined;
    read(() => this.#refuseStrangeSettings());
  }

  #refuseStrangeVariables(): void {
    for (const [name, { line }] of this.#env_file) {
      if (!VARIABLES.includes(name)) throw strange(name, `line ${line} of ${this.#env_path}`, VARIABLES);
    }
    for (const name of Object.keys(this.#environment)) {
      if (name.startsWith(PREFIX) && !VARIABLES.includes(name))
        throw strange(name, 'the environment', VARIABLES);
    }
  }

  /** Returns whether there is one. */
  #readFile(): boolean {
    const named = this.#text('config', CONFIG_VARIABLE);
    const folder = this.#text('data', variableOf('data'));
    const usual = join(folder === null ? OPTIONS.data.fallback : String(parsed('data', folder)), CONFIG_FILE);
    if (named === null && !existsSync(usual)) return false;
    this.#path = named === null ? usual : String(named.value);
    this.#file = readConfigFile(this.#path);
    return true;
  }

  #refuseStrangeSettings(): void {
    for (const name of Object.keys(this.#file)) {
      if (!Object.hasOwn(OPTIONS, name)) throw strange(name, this.#path, OPTION_NAMES);
    }
    if (this.#text('config', CONFIG_VARIABLE) === null && Object.hasOwn(this.#file, 'data')) {
      throw new ConfigError(
        `\`data\` can not be in ${this.#path}: the file is found by it. Say it with --data or ${variableOf('data')}.`,
      );
    }
  }

  #text(flag: string, variable: string): Found | null {
    const given = this.#flags[flag];
    if (given !== undefined) return { value: given, from: `--${flag}`, source: 'text', seen: 'by_all' };
    const set = this.#environment[variable];
    if (set !== undefined && set !== '')
      return { value: set, from: variable, source: 'text', seen: 'by_user' };
    const line = this.#env_file.get(variable);
    if (line === undefined || line.value === '') return null;
    return {
      value: line.value,
      from: `${variable} in line ${line.line} of ${this.#env_path}`,
      source: 'text',
      seen: { what: 'environment file', path: this.#env_path },
    };
  }

  /** Returns which folder was named; not by a file that is itself found by the folder. */
  findFolder(): Found | null {
    const by_name = this.#text('config', CONFIG_VARIABLE) !== null;
    return by_name ? this.find('data') : this.#text(flagOf('data'), variableOf('data'));
  }

  /** Returns what was said about a setting, by whoever is the strongest; null when nobody said anything. */
  find(name: OptionName): Found | null {
    const found = this.#text(flagOf(name), variableOf(name));
    if (found !== null || !Object.hasOwn(this.#file, name)) return found;
    return {
      value: this.#file[name],
      from: `${name} in ${this.#path}`,
      source: 'json',
      seen: { what: 'configuration file', path: this.#path },
    };
  }
}

/** What is said of a name that is no setting. What it was set to may be a secret and is not repeated. */
function strange(name: string, where: string, known: readonly string[]): ConfigError {
  const shown = visible(name);
  const answer = foreignAnswer(name);
  if (answer !== null)
    return new ConfigError(`There is no setting \`${shown}\` (${where}): ${answer}. Take it out.`);
  const near = nearest(name, known);
  const meant = near === null ? 'See the settings with --help.' : `Did you mean \`${near}\`?`;
  return new ConfigError(`There is no setting \`${shown}\` (${where}). ${meant}`);
}

/** Returns a setting's value. Throws ConfigError with its name, its source, what was found and what it takes. */
function parsed(name: OptionName, { value, from, source }: Found): string | number {
  const { schema, help } = OPTIONS[name];
  const found = parseSetting(schema, value, source);
  if (found !== undefined) return found;
  // Whole addresses are written there only, and one that can't be used may be one with a password.
  const text = name === 'database' ? '[hidden]' : source === 'json' ? JSON.stringify(value) : String(value);
  const written = visible(withoutPasswords(text), 80);
  throw new ConfigError(`${from} can not be \`${written}\`: it takes ${takes(schema)} (${help}).`);
}

/**
 * The whole configuration. The file is `--config`, AUTH_CONFIG, or `config.json` in the data folder when it is there.
 * Throws ConfigError for the first value that can't be used, and for a name that is nearly one of ours.
 */
export function loadConfig(flags: Values, environment: Values): Config {
  const sources = new Sources(flags, environment);
  const values = OPTION_NAMES.map((name) => {
    const found = sources.find(name);
    return [name, found === null ? OPTIONS[name].fallback : parsed(name, found)];
  });
  // Each value went through its own schema above.
  const settings = Object.fromEntries(values) as Settings;
  checkTogether(settings);
  const database = databaseOf(settings, sources.find('database'), environment[PASSWORD_VARIABLE] ?? '');
  return { ...settings, database };
}

/** PostgreSQL's own name for it. All its other variables, and ~/.pgpass, say nothing here. */
const PASSWORD_VARIABLE = 'PGPASSWORD';

/** What is said of a database, apart from where it is said. */
type DatabaseSettings = Pick<Settings, 'database' | 'database_password_file' | 'database_insecure_plain'>;

/**
 * Returns where accounts are kept. A password is the one in the address or the one in the file, never both; where there is
 * none of them, what the environment has. Throws ConfigError, in which no password is.
 */
function databaseOf(settings: DatabaseSettings, found: Found | null, ambient: string): DatabaseChoice {
  const { database, database_password_file, database_insecure_plain } = settings;
  if (found === null || database === '') {
    if (database_password_file !== '')
      throw new ConfigError(
        '--database-password-file belongs to --database, and there is none: give both, or neither.',
      );
    return { kind: 'sqlite' };
  }
  const address = addressOf(database, {
    found,
    plain_in_words: database_insecure_plain !== 'no',
    password_file: database_password_file,
    file_flag: '--database-password-file',
    ways: PASSWORD_WAYS,
    ambient,
  });
  return { kind: 'postgres', address };
}

/** How the password of a database that a command moves to is given, for sentences. */
export const TARGET_PASSWORD_WAYS = 'in PGPASSWORD, or in a file with --to-password-file';

/** Returns the PostgreSQL that a command is told of with --to, beside the server's own. Throws ConfigError, as for --database. */
export function targetAddress(
  { to, password_file }: { readonly to: string; readonly password_file: string },
  { database_insecure_plain }: Config,
  environment: Values,
): DatabaseAddress {
  return addressOf(to, {
    found: { from: '--to', seen: 'by_all' },
    plain_in_words: database_insecure_plain !== 'no',
    password_file,
    file_flag: '--to-password-file',
    ways: TARGET_PASSWORD_WAYS,
    ambient: environment[PASSWORD_VARIABLE] ?? '',
  });
}

type AddressSources = {
  readonly found: Pick<Found, 'from' | 'seen'>;
  readonly plain_in_words: boolean;
  readonly password_file: string;
  readonly file_flag: string;
  readonly ways: string;
  readonly ambient: string;
};

function addressOf(
  text: string,
  { found, plain_in_words, password_file, file_flag, ways, ambient }: AddressSources,
): DatabaseAddress {
  const read = readDatabaseUrl(text, { plain_in_words });
  const withPassword = 'fault' in read ? mayHoldPassword(text) : read.address.password !== null;
  if (withPassword) refuseSeen(found, ways);
  if ('fault' in read) throw new ConfigError(`${found.from} can not be used: ${read.fault}.`);
  const { address } = read;
  if (password_file === '') {
    if (address.password !== null || ambient === '') return address;
    return { ...address, password: new DatabasePassword(ambient) };
  }
  if (address.password !== null)
    throw new ConfigError(`${found.from} holds a password, and ${file_flag} names another: leave one out.`);
  return { ...address, password: new DatabasePassword(readPasswordFile(password_file)) };
}

/** Of an address that can't be read it isn't known where a password would be. */
const mayHoldPassword = (text: string): boolean => withoutPasswords(text) !== text;

/** Throws ConfigError when others see what was found. */
function refuseSeen({ from, seen }: Pick<Found, 'from' | 'seen'>, ways: string): void {
  if (seen === 'by_user') return;
  if (seen === 'by_all')
    throw new ConfigError(
      `${from} holds a password, and everybody on this machine sees it with ps. Take it out, and give it ${ways}.`,
    );
  const fault = passwordFileFault(seen.what, seen.path);
  if (fault !== null) throw new ConfigError(fault);
}

/** Where a server keeps what it has; `database` is null where that can't be told. */
export type Places = { readonly data: string; readonly database: DatabaseChoice | null };

/** Returns which places were named, as far as that can be told from settings that can't be used. */
export function placesIn(flags: Values, environment: Values): Places {
  const sources = new Sources(flags, environment, true);
  const told = <T>(what: () => T): T | null => {
    try {
      return what();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return null;
    }
  };
  const found = sources.find('database');
  const database = told(() => {
    const names = ['database', 'database_password_file', 'database_insecure_plain'] as const;
    const values = names.map((name) => {
      const one = sources.find(name);
      return [name, one === null ? OPTIONS[name].fallback : parsed(name, one)];
    });
    // Each value went through its own schema.
    const settings = Object.fromEntries(values) as DatabaseSettings;
    return databaseOf(settings, found, environment[PASSWORD_VARIABLE] ?? '');
  });
  const folder = sources.findFolder();
  return {
    data: (folder === null ? null : told(() => String(parsed('data', folder)))) ?? OPTIONS.data.fallback,
    // What couldn't be read may say otherwise.
    database: found === null && !sources.complete ? null : database,
  };
}

/** Returns what a setting takes, in words. */
export const takesOf = (name: OptionName): string => takes(OPTIONS[name].schema);

/** Throws ConfigError for values that are fine alone and not together. */
function checkTogether(config: Settings): void {
  const { tls, tls_cert, tls_key, insecure_plain, registration, auto_register } = config;
  if (registration === 'closed' && auto_register === 'on') {
    throw new ConfigError(
      '--auto-register on registers strangers and --registration closed forbids it: leave one out.',
    );
  }
  if ((tls_cert === '') !== (tls_key === '')) {
    throw new ConfigError('--tls-cert and --tls-key belong together: give both, or neither.');
  }
  if (insecure_plain !== 'no' && (tls === 'on' || tls_cert !== '')) {
    throw new ConfigError(
      '--insecure-plain asks for plain TCP and the other options for TLS: leave one out.',
    );
  }
}

/** Returns the help text of the program: `before` stands between usage and options, `after` at the end. */
export function helpText(before: readonly string[] = [], after: readonly string[] = []): string {
  const rows = OPTION_NAMES.map((name): [string, string] => {
    const { value, help, fallback, schema } = OPTIONS[name];
    const range = schema instanceof z.ZodNumber ? `; ${takes(schema)}` : '';
    return [
      `--${flagOf(name)} ${value}`,
      `${help}${range}${fallback === '' ? '' : ` (${String(fallback)})`}`,
    ];
  });
  rows.push(['--config FILE', 'settings as a JSON object; unless told, config.json in the data folder']);
  rows.push([
    '--env-file FILE',
    'lines of NAME=VALUE with the variables below; what the environment itself says is stronger',
  ]);
  rows.push(['--help, --version', '']);
  return [
    'auth-server: an authentication server over TCP, for people who live in the terminal.',
    '',
    'Usage: auth-server [options]',
    '       auth-server COMMAND ...',
    '',
    ...before,
    'Options of the server:',
    '',
    ...rows.map(([flag, help]) => `  ${flag}\n      ${help}`.trimEnd()),
    '',
    'Each option is also an environment variable (--server-name is AUTH_SERVER_NAME) and a key of the file (server_name).',
    'Open the UI beside it with: auth-tui',
    '',
    ...after,
  ].join('\n');
}
