/**
 * `auth-server client …`: client keys, straight on the data folder, also while a server runs on it. The operations are the
 * server's own; the audit row names nobody as actor and `console` as address.
 */
import {
  ACTIONS,
  CLIENT_KEY_BYTES,
  CLIENT_PERMISSION_NAMES,
  connectionString,
  ERRORS,
  isFailure,
  LIMITS,
  LOCAL_CLIENT_KEY,
  type ClientKeyRecord,
  type ClientPermission,
  type ErrorCode,
} from '../../protocol/index.js';
import { ConfigError, loadConfig } from '../config.js';
import { isAlive, readServerFile, type ServerFile } from '../data_folder/index.js';
import { isLoopback } from '../domain/index.js';
import { systemClock, systemRandom, visible } from '../runtime/index.js';
import type { Store } from '../store/index.js';
import { type Who } from '../store/index.js';
import { numberOf, type Flags } from './command_line.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { storeBeside } from './store_beside.js';
import { aligned, json, type Terminal } from './terminal.js';

const DAY_MS = 86_400_000;
const DAYS_MAX = 36_500;

export type ClientCommand = {
  readonly command: 'client create' | 'client list' | 'client update' | 'client rotate' | 'client revoke';
  readonly positionals: readonly string[];
  readonly flags: Flags;
  readonly json: boolean;
};

type Job = {
  readonly asked: ClientCommand;
  readonly folder: string;
  readonly store: Store;
  readonly who: Who;
  readonly terminal: Terminal;
};

/** Runs a command about client keys. Returns its exit code. Throws ConfigError, StoreOpenError and their like. */
export async function runClient(
  asked: ClientCommand,
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const config = loadConfig(asked.flags, environment);
  const run = prepared(asked);
  const store = await storeBeside(config);
  try {
    const who: Who = { at: systemClock.now(), actor: { kind: 'host' }, address: 'console' };
    return await run({ asked, folder: config.data, store, who, terminal });
  } finally {
    await store.close();
  }
}

/** Looks at the words of the command before anything is opened. */
function prepared({
  command,
  positionals: [word = ''],
  flags,
}: ClientCommand): (job: Job) => Promise<ExitCode> {
  switch (command) {
    case 'client create': {
      const name = ACTIONS.create_client_key.params.shape.name.safeParse(word);
      if (!name.success) {
        const max = LIMITS.client_key_name_length_max;
        throw new ConfigError(`A name has 1 to ${max} characters, none of them a control character.`);
      }
      const days = numberOf(flags, 'expires', 1, DAYS_MAX);
      const permissions = permissionsIn(flags) ?? [];
      return (job) => create(job, { name: name.data, days: days ?? null, permissions });
    }
    case 'client update': {
      const key_id = keyIdOf(word);
      const permissions = permissionsIn(flags);
      if (permissions === null)
        throw new ConfigError(`Say with --may what it permits: ${PERMISSIONS_TAKEN}.`);
      return (job) => update(job, key_id, permissions);
    }
    case 'client list':
      return list;
    case 'client rotate': {
      const overlap_hours =
        numberOf(flags, 'overlap-hours', 0, LIMITS.client_key_overlap_hours_max) ??
        LIMITS.client_key_overlap_hours_default;
      const key_id = keyIdOf(word);
      return (job) => rotate(job, key_id, overlap_hours);
    }
    case 'client revoke': {
      const key_id = keyIdOf(word);
      return (job) => revoke(job, key_id);
    }
  }
}

function keyIdOf(text: string): string {
  if (text === LOCAL_CLIENT_KEY.key_id) {
    throw new ConfigError(
      'The key `local` lives in client_key.json of the data folder. To replace it, stop the server, remove the file, start again.',
    );
  }
  if (ACTIONS.revoke_client_key.params.shape.key_id.safeParse(text).success) return text;
  throw new ConfigError('A key id is k_ and 20 letters or digits. See them with: auth-server client list');
}

const PERMISSIONS_TAKEN = `some of ${CLIENT_PERMISSION_NAMES.join(', ')} with commas between them, or none`;

/** What a key shall permit with nobody signed in; null where that isn't told. */
function permissionsIn(flags: ClientCommand['flags']): readonly ClientPermission[] | null {
  const { may } = flags;
  if (typeof may !== 'string') return null;
  const asked = may === 'none' ? [] : may.split(',').map((word) => word.trim());
  return asked.map((word) => {
    const known = CLIENT_PERMISSION_NAMES.find((name) => name === word);
    if (known === undefined) throw new ConfigError(`--may takes ${PERMISSIONS_TAKEN}.`);
    return known;
  });
}

type Made = {
  readonly name: string;
  readonly days: number | null;
  readonly permissions: readonly ClientPermission[];
};

async function create(job: Job, { name, days, permissions }: Made): Promise<ExitCode> {
  const { store, who } = job;
  const key = systemRandom.bytes(CLIENT_KEY_BYTES);
  const made = await store.run('create_client_key', {
    who,
    key_id: systemRandom.id('k'),
    name,
    key,
    expires_at: days === null ? null : who.at + days * DAY_MS,
    permissions,
  });
  return isFailure(made) ? refused(job, made.failed) : showKey(job, 'Made the client key', made, key);
}

async function rotate(job: Job, key_id: string, overlap_hours: number): Promise<ExitCode> {
  const { store, who } = job;
  const key = systemRandom.bytes(CLIENT_KEY_BYTES);
  const rotated = await store.run('rotate_client_key', { who, key_id, key, overlap_hours });
  if (isFailure(rotated)) return refused(job, rotated.failed);
  const until = rotated.current?.not_after ?? null;
  const old = until === null || until <= who.at ? 'has ended' : `is valid until ${moment(until)}`;
  return showKey(job, `The old key ${old}. Made the next key of`, rotated, key);
}

async function update(job: Job, key_id: string, permissions: readonly ClientPermission[]): Promise<ExitCode> {
  const { store, who, asked, terminal } = job;
  const client_key = await store.run('update_client_key', { who, key_id, permissions });
  if (isFailure(client_key)) return refused(job, client_key.failed);
  const may = client_key.permissions?.join(', ') ?? '';
  terminal.out(
    asked.json
      ? json({ client_key })
      : `The client key ${titleOf(client_key)} may now: ${may === '' ? 'nothing by itself' : may}.`,
  );
  return EXIT.ok;
}

async function revoke(job: Job, key_id: string): Promise<ExitCode> {
  const { store, who, asked, terminal } = job;
  const client_key = await store.run('revoke_client_key', { who, key_id });
  if (isFailure(client_key)) return refused(job, client_key.failed);
  terminal.out(
    asked.json
      ? json({ client_key })
      : `Revoked the client key ${titleOf(client_key)}. A running server closes its connections within a second.`,
  );
  return EXIT.ok;
}

async function list({ store, who, asked, terminal }: Job): Promise<ExitCode> {
  const client_keys = [LOCAL_CLIENT_KEY, ...(await store.read.client_keys.all(who.at))];
  if (asked.json) {
    terminal.out(json({ client_keys }));
    return EXIT.ok;
  }
  const rows = client_keys.map((one) => [
    one.key_id,
    stateOf(one, who.at),
    `last used ${one.last_used_at === null ? 'never' : moment(one.last_used_at)}`,
    visible(one.name),
  ]);
  for (const line of aligned(rows)) terminal.out(line);
  return EXIT.ok;
}

function stateOf(one: ClientKeyRecord, at: number): string {
  if (one.revoked_at !== null) return `revoked ${moment(one.revoked_at)}`;
  if (one.expires_at !== null)
    return one.expires_at <= at ? `ended ${moment(one.expires_at)}` : `until ${moment(one.expires_at)}`;
  return one.next === null ? 'valid' : 'valid, being rotated';
}

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const titleOf = ({ name, key_id }: ClientKeyRecord): string => `"${visible(name)}" (${key_id})`;

/** Shows a new key: as a connection string when the server's address is known, else by itself. */
function showKey(job: Job, what: string, client_key: ClientKeyRecord, bytes: Buffer): ExitCode {
  const { asked, terminal, folder } = job;
  const { key_id } = client_key;
  const server = runningServer(folder);
  const connection_string =
    server === null
      ? null
      : connectionString({
          host: server.reachable_host,
          port: server.port,
          key: { key_id, key: bytes },
          tls: server.pin !== null,
          pin: server.pin,
        });
  const key = bytes.toString('base64url');
  if (asked.json) {
    terminal.out(json({ client_key, key, connection_key: `${key_id}.${key}`, connection_string }));
    return EXIT.ok;
  }
  terminal.complain(`${what} ${titleOf(client_key)}. It is shown this once; keep it like a password.`);
  if (connection_string === null)
    terminal.complain(
      'No server runs on this data folder, so this is no connection string: it is the key id, a dot and the key.',
    );
  else if (server !== null && isLoopback(server.host))
    terminal.complain(
      'The server listens on this machine alone: other machines need an SSH tunnel, or --host.',
    );
  // Alone, so that it can be piped to where it is needed.
  terminal.out(connection_string ?? `${key_id}.${key}`);
  return EXIT.ok;
}

function runningServer(folder: string): ServerFile | null {
  const server = readServerFile(folder);
  return server !== null && isAlive(server.pid) ? server : null;
}

function refused({ asked, terminal }: Job, code: ErrorCode): ExitCode {
  const sentence = code === 'not_found' ? 'There is no live client key of this id.' : ERRORS[code].error;
  if (asked.json) terminal.out(json({ code, error: sentence }));
  terminal.complain(sentence);
  return EXIT.refused;
}
