/** Which server was asked for, as flags and environment say it. Pure; loads nothing, for it runs before the first paint. */
import { isAbsolute, join } from 'node:path';
import type { InsecurePlain } from '../client/index.js';
import type { ServerChoice } from './reach/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATA = './data';
const FOLDER = 'portcullis';
/** The words that the server wants as well. Said each time: no variable that programs inherit says them. */
const INSECURE_PLAIN: InsecurePlain = 'everyone-may-read-the-passwords';

export type ServerFlags = {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly server?: string | undefined;
  readonly 'connection-file'?: string | undefined;
  readonly 'insecure-plain'?: string | undefined;
};

/** The folder of the person's configuration. [XDG Base Directory 0.8: relative paths are ignored] */
export function keepFolder(env: Environment): string | null {
  const { XDG_CONFIG_HOME: config, HOME: home, APPDATA: app_data } = env;
  if (config !== undefined && isAbsolute(config)) return join(config, FOLDER);
  if (home !== undefined && isAbsolute(home)) return join(home, '.config', FOLDER);
  return app_data !== undefined && isAbsolute(app_data) ? join(app_data, FOLDER) : null;
}

/** What can be wrong with the choice; the sentences stand in the commands' dictionaries under these names. */
export type ServerChoiceFault = 'port_takes' | 'server_alone' | 'connection_alone' | 'insecure_plain_takes';

/** An empty variable is none, as for the server. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** An IPv6 address in the brackets that keep it apart from a port. */
const bracketed = (host: string): string => (/^(?=(?:.*:){2})[\da-f:.]+$/i.test(host) ? `[${host}]` : host);

/**
 * The choice, or what is wrong with it. Flags win over the environment, and there the connection string (PORTCULLIS) over host and
 * port.
 */
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
  const file = flags['connection-file'];
  if (file !== undefined && (positional ?? flags.host ?? flags.port ?? flags.server) !== undefined) {
    return 'connection_alone';
  }
  const insecure = flags['insecure-plain'];
  if (insecure !== undefined && insecure !== INSECURE_PLAIN) return 'insecure_plain_takes';
  const host = wanted_host ?? DEFAULT_HOST;
  const composed = port === undefined ? bracketed(host) : `${bracketed(host)}:${port}`;
  const named = wanted_host !== undefined || port !== undefined;
  const by_flag = flags.host ?? flags.port ?? flags.data;
  const string = by_flag === undefined && env['PORTCULLIS'] !== '' ? env['PORTCULLIS'] : undefined;
  return {
    server: flags.server ?? null,
    typed:
      (positional === undefined ? undefined : bracketed(positional)) ??
      (flags.server !== undefined || file !== undefined ? null : (string ?? (named ? composed : null))),
    connection_file: file,
    data_folder: flags.data ?? given(env['AUTH_DATA']) ?? DEFAULT_DATA,
    keep_folder: keepFolder(env),
    insecure_plain: insecure,
  };
}
