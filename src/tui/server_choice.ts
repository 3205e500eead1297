/** Which server was asked for, as flags and environment say it. Pure; loads nothing, for it runs before the first paint. */
import { isAbsolute, join } from 'node:path';
import type { ServerChoice } from './reach/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATA = './data';
const FOLDER = 'portcullis';

export type ServerFlags = {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly server?: string | undefined;
};

/** The folder of the person's configuration. [XDG Base Directory 0.8: relative paths are ignored] */
export function keepFolder(env: Environment): string | null {
  const { XDG_CONFIG_HOME: config, HOME: home, APPDATA: app_data } = env;
  if (config !== undefined && isAbsolute(config)) return join(config, FOLDER);
  if (home !== undefined && isAbsolute(home)) return join(home, '.config', FOLDER);
  return app_data !== undefined && isAbsolute(app_data) ? join(app_data, FOLDER) : null;
}

/** What can be wrong with the choice, each with its sentence. */
export const SERVER_CHOICE_ERRORS = {
  port_takes: '--port has to be a number from 1 to 65535.',
  server_alone: '--server names a known server: give it alone, without an address.',
} as const;

export type ServerChoiceFault = keyof typeof SERVER_CHOICE_ERRORS;

/** An empty variable is none, as for the server. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** The choice, or what is wrong with it. Flags win over the environment. */
export function readServerChoice(
  flags: ServerFlags,
  positional: string | undefined,
  env: Environment,
): ServerChoice | ServerChoiceFault {
  const wanted_host = flags.host ?? given(env['AUTH_HOST']);
  const port = flags.port ?? given(env['AUTH_PORT']);
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) {
    return 'port_takes';
  }
  if (flags.server !== undefined && (positional ?? flags.host ?? flags.port) !== undefined) {
    return 'server_alone';
  }
  const host = wanted_host ?? DEFAULT_HOST;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const composed = port === undefined ? bracketed : `${bracketed}:${port}`;
  const named = wanted_host !== undefined || port !== undefined;
  return {
    server: flags.server ?? null,
    typed: positional ?? (named && flags.server === undefined ? composed : null),
    data_folder: flags.data ?? given(env['AUTH_DATA']) ?? DEFAULT_DATA,
    keep_folder: keepFolder(env),
  };
}
