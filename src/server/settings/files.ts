/** The two kinds of files that settings are read from: a JSON object, and lines of NAME=VALUE. */
import { readFileSync, statSync } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { JSON_FAULTS, parseGuarded } from '../../protocol/index.js';
import { ConfigError } from './config_error.js';

/** Far more than every setting with a long comment. */
const FILE_BYTES_MAX = 64 * 1024;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Returns the bytes of a file, without the mark that some editors put in front. Throws ConfigError. */
function bytesOf(what: string, path: string): Buffer {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new ConfigError(`The ${what} ${path} is a folder.`);
    // Its size says nothing of a device, which can be read for ever; a pipe is made on purpose, and ends.
    if (stats.isCharacterDevice() || stats.isBlockDevice())
      throw new ConfigError(`The ${what} ${path} is a device.`);
    if (stats.size > FILE_BYTES_MAX) throw new ConfigError(`The ${what} ${path} is far too large.`);
    const bytes = readFileSync(path);
    if (bytes.length > FILE_BYTES_MAX) throw new ConfigError(`The ${what} ${path} is far too large.`);
    const text = bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;
    if (!isUtf8(text) || text.includes(0))
      throw new ConfigError(`The ${what} ${path} is not UTF-8: save it as such.`);
    return text;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError(
      code === 'ENOENT' ? `There is no ${what} ${path}.` : `The ${what} ${path} can not be read (${code}).`,
    );
  }
}

/** Returns the settings in a configuration file. Throws ConfigError for one that holds anything but one JSON object. */
export function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  const bytes = bytesOf('configuration file', path);
  const parsed = parseGuarded(bytes);
  if ('value' in parsed) return parsed.value;
  const { fault } = parsed;
  const reason = fault === 'not_json' ? syntaxFault(bytes) : JSON_FAULTS[fault];
  throw new ConfigError(
    fault === 'not_an_object'
      ? `The configuration file ${path} has to hold one JSON object.`
      : `The configuration file ${path} can not be read: ${reason}`,
  );
}

/** The parser's own words say where it is wrong. */
function syntaxFault(bytes: Buffer): string {
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof Error) return `${error.message}.`;
  }
  return JSON_FAULTS.not_json;
}

/** A variable of a file, with the number of its line. */
export type EnvLine = { readonly value: string; readonly line: number };

const LINE = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;
/** In quotes everything is as it stands; a comment may follow. */
const QUOTED = /^(?:'([^']*)'|"([^"\\]*)")\s*(?:#.*)?$/;

/**
 * Returns the variables of a file of NAME=VALUE lines, by name. Comments, `export` and quotes are understood; nothing is
 * replaced inside a value. Throws ConfigError for any other line, and for a name that is there twice. No value is repeated.
 */
export function readEnvFile(path: string): ReadonlyMap<string, EnvLine> {
  const found = new Map<string, EnvLine>();
  const lines = bytesOf('environment file', path).toString('utf8').split(/\r?\n/);
  for (const [index, text] of lines.entries()) {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const where = `Line ${index + 1} of the environment file ${path}`;
    const [, name, written = ''] = LINE.exec(trimmed) ?? [];
    if (name === undefined) throw new ConfigError(`${where} is not NAME=VALUE.`);
    const value = valueOf(written);
    if (value === null)
      throw new ConfigError(`${where} has a quote that does not end, or a backslash in quotes.`);
    if (found.has(name)) throw new ConfigError(`${where} sets ${name} a second time.`);
    found.set(name, { value, line: index + 1 });
  }
  return found;
}

function valueOf(written: string): string | null {
  if (!/^['"]/.test(written)) return written.replace(/(^|\s+)#.*$/, '').trim();
  const match = QUOTED.exec(written);
  return match === null ? null : (match[1] ?? match[2] ?? '');
}
