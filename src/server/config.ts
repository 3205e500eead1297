/**
 * The configuration: one table of options, read from flags, AUTH_* environment and a file, in this order of strength,
 * validated in one place. Help text and the table in the documents come from here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_PORT, INSECURE_PLAIN, LIMITS } from '../protocol/index.js';
import { SCRYPT_LOG_N, SCRYPT_LOG_N_MAX, SCRYPT_LOG_N_MIN } from './crypto/index.js';
import { LOG_FORMATS, LOG_LEVELS } from './runtime/index.js';

type Option<S extends z.ZodType = z.ZodType> = {
  readonly schema: S;
  readonly fallback: z.output<S>;
  readonly help: string;
  /** How the value is named in help, for example `PORT`. */
  readonly value: string;
};

const option = <S extends z.ZodType>(
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

const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

export const OPTIONS = {
  host: option(z.string().min(1).max(255), '127.0.0.1', 'ADDRESS', 'address to listen on'),
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
  server_name: option(
    z.string().trim().min(1).max(64),
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
    'sign-ins that may wait for a password hash; more are told `busy`',
  ),
  session_idle_days: option(count(1, 3_650), 30, 'DAYS', 'a session ends after this long without activity'),
  session_days: option(
    count(1, 3_650),
    180,
    'DAYS',
    'a session ends this long after sign-in, whatever happens',
  ),
  sessions_max: option(count(1, 1_000), 10, 'COUNT', 'live sessions of one account; the oldest makes room'),
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
export type Config = { readonly [O in OptionName]: z.output<(typeof OPTIONS)[O]['schema']> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const flagOf = (name: OptionName): string => name.replaceAll('_', '-');
export const variableOf = (name: OptionName): string => `AUTH_${name.toUpperCase()}`;

/** A setting that can't be used; the message names it, where it came from, and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Found = { readonly value: unknown; readonly from: string };

function readFile(path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The configuration file ${path} can not be read: ${reason}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError(`The configuration file ${path} has to hold one JSON object.`);
  }
  for (const key of Object.keys(parsed)) {
    if (!Object.hasOwn(OPTIONS, key))
      throw new ConfigError(`The configuration file ${path} has an unknown setting \`${key}\`.`);
  }
  return parsed as Record<string, unknown>;
}

/**
 * The whole configuration. The file is `--config`, AUTH_CONFIG, or `config.json` in the data folder when it is there.
 * Throws ConfigError for the first value that can't be used.
 */
export function loadConfig(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const folder = flags['data'] ?? environment['AUTH_DATA'] ?? OPTIONS.data.fallback;
  const named = flags['config'] ?? environment['AUTH_CONFIG'];
  const usual = join(folder, 'config.json');
  const path = named ?? (existsSync(usual) ? usual : null);
  const file = path === null ? {} : readFile(path);
  const find = (name: OptionName): Found | null => {
    const flag = flags[flagOf(name)];
    if (flag !== undefined) return { value: flag, from: `--${flagOf(name)}` };
    const variable = environment[variableOf(name)];
    if (variable !== undefined && variable !== '') return { value: variable, from: variableOf(name) };
    return Object.hasOwn(file, name) ? { value: file[name], from: `${name} in ${String(path)}` } : null;
  };
  const values = OPTION_NAMES.map((name) => {
    const found = find(name);
    if (found === null) return [name, OPTIONS[name].fallback];
    const parsed = OPTIONS[name].schema.safeParse(found.value);
    if (!parsed.success) {
      throw new ConfigError(
        `${found.from} can not be \`${String(found.value)}\`: it takes ${OPTIONS[name].value} (${OPTIONS[name].help}).`,
      );
    }
    return [name, parsed.data];
  });
  // Each value went through its own schema above.
  const config = Object.fromEntries(values) as Config;
  checkTogether(config);
  return config;
}

/** Throws ConfigError for values that are fine alone and not together. */
function checkTogether(config: Config): void {
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
    const { value, help, fallback } = OPTIONS[name];
    return [`--${flagOf(name)} ${value}`, fallback === '' ? help : `${help} (${String(fallback)})`];
  });
  rows.push(['--config FILE', 'settings as a JSON object; unless told, config.json in the data folder']);
  rows.push(['--help, --version', '']);
  return [
    'auth-server: an authentication server over TCP, for people who live in the terminal.',
    '',
    'Usage: auth-server [options]',
    '       auth-server COMMAND …',
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
