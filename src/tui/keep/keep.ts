/**
 * What this machine keeps between two runs: known servers (with their client keys), the session of each, and the device token
 * of each account that has signed in there. Files for their owner alone.
 *
 * Why no OS keychain: keytar is archived; its successors download or carry compiled code for each platform, or start a
 * helper program with the secret in its arguments. A file of mode 0600 is what ssh and gh fall back to as well.
 */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import type { ServerAddress } from '../../client/index.js';
import { KeepError } from './keep_error.js';
import { damaged, PrivateFolder } from './private_folder.js';

const SERVERS_FILE = 'known_servers.json';
const SESSIONS_FILE = 'sessions.json';
/** A server that was used a moment ago needn't be written down again with every command. */
const USED_AGAIN_MS = 60_000;
/** What a person may call a server; unless told it is called by its place. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u;

const serverSchema = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  tls: z.boolean(),
  pin: z.string().nullable(),
  key_id: z.string(),
  /** base64url of 32 bytes */
  key: z.string().length(43),
  added_at: z.int(),
  last_used_at: z.int(),
});
const sessionSchema = z.object({
  session_token: z.string(),
  refresh_token: z.string().nullable(),
  account_name: z.string(),
  saved_at: z.int(),
});
const serversFile = z.object({ version: z.literal(1), servers: z.record(z.string(), serverSchema) });
const deviceSchema = z.object({
  device_token: z.string(),
  /** What its owner types to sign in: the account's name, or its address. */
  names: z.array(z.string()),
  saved_at: z.int(),
});
/** By server, then by account. */
const devicesSchema = z.record(z.string(), z.record(z.string(), deviceSchema));
const sessionsFile = z.object({
  version: z.literal(1),
  sessions: z.record(z.string(), sessionSchema),
  // Files of earlier releases have none.
  devices: devicesSchema.optional(),
});

type ServerRow = z.infer<typeof serverSchema>;
type Devices = z.infer<typeof devicesSchema>;

/** A server that was kept. `address` holds its client key: not for the screen. */
export type KnownServer = {
  readonly name: string;
  readonly address: ServerAddress;
  readonly added_at: number;
  readonly last_used_at: number;
};

/** Accounts of one server whose device tokens are kept; those saved longest ago make room. */
const DEVICES_MAX = 20;
/** Names under which one of them is found again; the newest stay. */
const NAMES_MAX = 10;

/** A session that was kept; both tokens are secrets. */
export type StoredSession = z.infer<typeof sessionSchema>;

type Channel = Pick<ServerAddress, 'tls' | 'pin'>;

/** What makes sure that it is the right server which hears us: a pinned key, an authority, or nothing at all. */
const channelOf = ({ tls, pin }: Channel): string => pin ?? (tls ? 'ca' : PLAIN);
const PLAIN = 'plain';

/**
 * Names a server by where it is, by the client key, as a digest, and by the channel: a session is offered only to whoever
 * proves to know that key, never to another server that came to sit at the same address, and never in plain when it began
 * under TLS.
 */
export function serverId(address: ServerAddress): string {
  const { key } = address;
  const digest = createHash('sha256').update(`${key.key_id}.`).update(key.key).digest('base64url');
  return `${placeOf(address)} ${digest.slice(0, 16)} ${channelOf(address)}`;
}

/** Ids of older releases don't say how the session began, so none of theirs is ever offered. */
const isServerId = (id: string): boolean => id.split(' ').length === 3;

/** The one spelling of a host that can be written in several: capitals, a dot at the end, numbers of IP addresses. */
function hostKey(host: string): string {
  try {
    return new URL(`http://${isIPv6(host) ? `[${host}]` : host}`).hostname.replace(/\.$/, '');
  } catch {
    // Not what a URL can hold, such as an IPv6 address with the name of a network card.
    return host.toLowerCase();
  }
}

const samePlace = (a: { host: string; port: number }, b: { host: string; port: number }): boolean =>
  a.port === b.port && hostKey(a.host) === hostKey(b.host);

/** Whether one who is known under `before` is another under `now`. Whoever had no TLS may get it. */
const isOther = (before: Channel, now: Channel): boolean =>
  channelOf(before) !== PLAIN && channelOf(before) !== channelOf(now);

export class Keep {
  readonly #folder: PrivateFolder;
  readonly #now: () => number;

  /** `folder` is made when something is first kept. `now` is the clock, Unix milliseconds. */
  constructor(folder: string, now: () => number) {
    this.#folder = new PrivateFolder(folder, now);
    this.#now = now;
  }

  // -- known servers --------------------------------------------------------------------------------------------------

  /** All that are known, the one that was used last first. Throws KeepError, as all methods here do. */
  knownServers(): readonly KnownServer[] {
    return Object.entries(this.#servers())
      .map(([name, { host, port, tls, pin, key_id, key, added_at, last_used_at }]) => ({
        name,
        // A pin without TLS is no address that was ever kept: somebody has edited the file.
        address: {
          host,
          port,
          tls: tls || pin !== null,
          pin,
          key: { key_id, key: Buffer.from(key, 'base64url') },
        },
        added_at,
        last_used_at,
      }))
      .sort((a, b) => b.last_used_at - a.last_used_at || a.name.localeCompare(b.name));
  }

  knownServer(name: string): KnownServer | null {
    return this.knownServers().find((server) => server.name === name) ?? null;
  }

  /**
   * The server that is known at this very host and port with another pin than `address` has, or with TLS where `address` has
   * none; else null. Someone may be in between: the address must not be used until a person has taken the old entry away.
   */
  pinConflict(address: ServerAddress): KnownServer | null {
    const known = this.knownServers().find(
      (server) => samePlace(server.address, address) && isOther(server.address, address),
    );
    return known ?? null;
  }

  /**
   * Keeps a server, under its old name when its place is known already. Refuses a changed identity, and a name that another
   * server has.
   */
  rememberServer(address: ServerAddress, name?: string): KnownServer {
    let kept = '';
    this.#changeServers((servers) => {
      const conflict = this.pinConflict(address);
      if (conflict !== null) throw identityChanged(conflict.name, address);
      const before = Object.entries(servers).find(([, server]) => samePlace(server, address));
      kept = name ?? before?.[0] ?? placeOf(address);
      if (name !== undefined && !NAME.test(name)) throw new KeepError('name_form');
      if (before?.[0] !== kept && Object.hasOwn(servers, kept)) {
        throw new KeepError('name_taken', { name: kept });
      }
      const { host, port, tls, pin, key } = address;
      const others = Object.entries(servers).filter(([other]) => other !== before?.[0]);
      const row: ServerRow = {
        host,
        port,
        tls,
        pin,
        key_id: key.key_id,
        key: key.key.toString('base64url'),
        added_at: before?.[1].added_at ?? this.#now(),
        last_used_at: this.#now(),
      };
      return Object.fromEntries([...others, [kept, row]]);
    });
    return { name: kept, address, added_at: this.#now(), last_used_at: this.#now() };
  }

  /** Notes that a server was used, if it is known; where nothing can be written, the order stays as it is. */
  serverUsed(address: ServerAddress): void {
    const known = this.knownServers().find(
      (server) => samePlace(server.address, address) && channelOf(server.address) === channelOf(address),
    );
    if (known === undefined || this.#now() - known.last_used_at < USED_AGAIN_MS) return;
    try {
      this.#changeServers((servers) => {
        const row = servers[known.name];
        return row === undefined
          ? servers
          : { ...servers, [known.name]: { ...row, last_used_at: this.#now() } };
      });
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
    }
  }

  /** Forgets a server, its session and its device tokens. False when no server is called so. */
  forgetServer(name: string): boolean {
    const known = this.knownServer(name);
    if (known === null) return false;
    this.#changeServers((servers) =>
      Object.fromEntries(Object.entries(servers).filter(([other]) => other !== name)),
    );
    this.forgetSession(known.address);
    this.#forgetDevices(known.address);
    return true;
  }

  // -- sessions -------------------------------------------------------------------------------------------------------

  /** Returns the session that was kept for a server, or null. */
  session(address: ServerAddress): StoredSession | null {
    return this.#sessions()[serverId(address)] ?? null;
  }

  /** Keeps a session in the place of any older one of this server. */
  rememberSession(address: ServerAddress, session: Omit<StoredSession, 'saved_at'>): void {
    this.#changeSessions((sessions) => ({
      ...sessions,
      [serverId(address)]: { ...session, saved_at: this.#now() },
    }));
  }

  /**
   * Puts the successor in the place of a refresh token, if that is still the one that is kept: another program may have
   * exchanged it, or signed in anew, meanwhile.
   */
  refreshed(address: ServerAddress, old_token: string, refresh_token: string): void {
    const id = serverId(address);
    this.#changeSessions((sessions) => {
      const session = sessions[id];
      return session?.refresh_token === old_token
        ? { ...sessions, [id]: { ...session, refresh_token } }
        : sessions;
    });
  }

  /** Forgets the session of a server; with a token only if it is that one. */
  forgetSession(address: ServerAddress, session_token?: string): void {
    const kept = this.session(address);
    if (kept === null || (session_token !== undefined && kept.session_token !== session_token)) return;
    this.#changeSessions((sessions) =>
      Object.fromEntries(Object.entries(sessions).filter(([id]) => id !== serverId(address))),
    );
  }

  // -- device tokens --------------------------------------------------------------------------------------------------

  /** Returns the device token of the account that signs in to a server by this name, or null. It outlives sessions. */
  deviceToken(address: ServerAddress, name: string): string | null {
    const devices = this.#devices()[serverId(address)] ?? {};
    return Object.values(devices).find(({ names }) => names.includes(name))?.device_token ?? null;
  }

  /** Keeps the device token of an account, which signs in by these names. */
  rememberDevice(
    address: ServerAddress,
    account_id: string,
    names: readonly string[],
    device_token: string,
  ): void {
    const id = serverId(address);
    const before = this.#devices()[id]?.[account_id];
    if (before?.device_token === device_token && names.every((name) => before.names.includes(name))) return;
    this.#changeDevices((devices) => {
      const { [account_id]: old, ...others } = devices[id] ?? {};
      const device = {
        device_token,
        names: [...new Set([...(old?.names ?? []), ...names])].slice(-NAMES_MAX),
        saved_at: this.#now(),
      };
      const newest = Object.entries(others).sort(([, a], [, b]) => b.saved_at - a.saved_at);
      return {
        ...devices,
        [id]: Object.fromEntries([[account_id, device], ...newest.slice(0, DEVICES_MAX - 1)]),
      };
    });
  }

  #forgetDevices(address: ServerAddress): void {
    const id = serverId(address);
    if (this.#devices()[id] === undefined) return;
    this.#changeDevices((devices) =>
      Object.fromEntries(Object.entries(devices).filter(([other]) => other !== id)),
    );
  }

  /**
   * Whether a sign-in is kept unless the person says otherwise: for servers on this machine, whose data folder already
   * lets its reader in, and for servers that were kept on purpose.
   */
  keepsByDefault(address: ServerAddress, on_this_machine: boolean): boolean {
    return (
      on_this_machine || this.knownServers().some((server) => serverId(server.address) === serverId(address))
    );
  }

  // -- files ----------------------------------------------------------------------------------------------------------

  #read<T>(name: string, schema: z.ZodType<T>): T | null {
    const value = this.#folder.read(name);
    if (value === null) return null;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw damaged(join(this.#folder.path, name));
  }

  #servers(): Readonly<Record<string, ServerRow>> {
    return this.#read(SERVERS_FILE, serversFile)?.servers ?? {};
  }

  #sessions(): Readonly<Record<string, StoredSession>> {
    return this.#read(SESSIONS_FILE, sessionsFile)?.sessions ?? {};
  }

  #changeServers(change: (servers: Readonly<Record<string, ServerRow>>) => Record<string, ServerRow>): void {
    this.#folder.exclusively(() =>
      this.#folder.write(SERVERS_FILE, { version: 1, servers: change(this.#servers()) }),
    );
  }

  #changeSessions(
    change: (sessions: Readonly<Record<string, StoredSession>>) => Record<string, StoredSession>,
  ): void {
    this.#folder.exclusively(() =>
      this.#folder.write(SESSIONS_FILE, {
        version: 1,
        sessions: Object.fromEntries(
          Object.entries(change(this.#sessions())).filter(([id]) => isServerId(id)),
        ),
        devices: this.#devices(),
      }),
    );
  }

  #devices(): Devices {
    return this.#read(SESSIONS_FILE, sessionsFile)?.devices ?? {};
  }

  #changeDevices(change: (devices: Devices) => Devices): void {
    this.#folder.exclusively(() =>
      this.#folder.write(SESSIONS_FILE, {
        version: 1,
        sessions: this.#sessions(),
        devices: change(this.#devices()),
      }),
    );
  }
}

/** `host:port` as people read it. */
function placeOf({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Returns what a person is told when a known server has another pin all of a sudden, or no TLS any more. */
export const identityChanged = (name: string, address: ServerAddress): KeepError =>
  new KeepError(channelOf(address) === PLAIN ? 'tls_lost' : 'pin_changed', { name, place: placeOf(address) });
