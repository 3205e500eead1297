/**
 * What this machine keeps between two runs: known servers (with their client keys), the session of each, and the device token
 * of each account that has signed in there. Files for their owner alone.
 *
 * Why no OS keychain: keytar is archived; its successors download or carry compiled code for each platform, or start a
 * helper program with the secret in its arguments. A file of mode 0600 is what ssh and gh fall back to as well.
 */
import { join } from 'node:path';
import type * as z from 'zod';
import type { ServerAddress } from '../../client/index.js';
import { KeepError } from './keep_error.js';
import {
  NOTE,
  SERVERS_FORMAT,
  serversFile,
  sessionsFileOfAnyFormat,
  SESSIONS_FORMAT,
  type Devices,
  type ServerRow,
  type sessionSchema,
  type Sessions,
  type SessionsFile,
} from './kept_files.js';
import { damaged, PrivateFolder } from './private_folder.js';
import { channelOf, isOther, isServerId, PLAIN, placeOf, samePlace, serverId } from './server_id.js';

const SERVERS_FILE = 'known_servers.json';
const SESSIONS_FILE = 'sessions.json';
/** Whose turn it is to exchange a refresh token. */
const TURN_FILE = '.exchange';
/** A server that was used a moment ago needn't be written down again with every command. */
const USED_AGAIN_MS = 60_000;
/** What a person may call a server; unless told it is called by its place. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u;

/** A server that was kept. `address` holds its client key: not for the screen. */
export type KnownServer = {
  readonly name: string;
  readonly address: ServerAddress;
  readonly added_at: number;
  readonly last_used_at: number;
};

/** Accounts of one server that stay signed in here; those used longest ago make room. */
const ACCOUNTS_MAX = 20;
/** Accounts of one server whose device tokens are kept; those saved longest ago make room. */
const DEVICES_MAX = 20;
/** Names under which one of them is found again; the newest stay. */
const NAMES_MAX = 10;

/** A session that was kept; its tokens are secrets. */
export type StoredSession = z.infer<typeof sessionSchema>;
/** What a sign-in gives of it. */
export type NewStoredSession = Pick<
  StoredSession,
  'session_token' | 'refresh_token' | 'account_id' | 'account_name'
>;
/** What is kept for a server, the account used last first. `server`: as it is called, where it is known. */
export type KeptAccounts = {
  readonly place: string;
  readonly server: string | null;
  readonly sessions: readonly StoredSession[];
};

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
    try {
      const known = this.knownServers().find(
        (server) => samePlace(server.address, address) && channelOf(server.address) === channelOf(address),
      );
      if (known === undefined || this.#now() - known.last_used_at < USED_AGAIN_MS) return;
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

  /** All accounts whose sessions are kept for a server, the one used last first. */
  sessions(address: ServerAddress): readonly StoredSession[] {
    return this.#sessions()[serverId(address)] ?? [];
  }

  /** Returns a session that was kept for a server: of the account of that name, else of the one used last; or null. */
  session(address: ServerAddress, name: string | null = null): StoredSession | null {
    const sessions = this.sessions(address);
    if (name === null) return sessions[0] ?? null;
    const same = nameKey(name);
    return sessions.find(({ account_name }) => nameKey(account_name) === same) ?? null;
  }

  /** The same for all servers, in the order in which they were used last. `place`: host and port. */
  allSessions(): readonly KeptAccounts[] {
    const known = this.knownServers();
    return Object.entries(this.#sessions())
      .map(([id, sessions]) => ({
        place: id.split(' ')[0] ?? '',
        server: known.find(({ address }) => serverId(address) === id)?.name ?? null,
        sessions,
      }))
      .sort((a, b) => (b.sessions[0]?.used_at ?? 0) - (a.sessions[0]?.used_at ?? 0));
  }

  /** Keeps a session in the place of any older one of the same account, which is returned. It is the one used last now. */
  rememberSession(address: ServerAddress, session: NewStoredSession): StoredSession | null {
    let before: StoredSession | null = null;
    this.#changeSessions(address, (sessions) => {
      const used_at = this.#latest(sessions);
      const kept = { ...session, saved_at: this.#now(), used_at, access: null, sent_at: null };
      const others = sessions.filter((other) => !isSameAccount(other, session));
      before = sessions.find((other) => isSameAccount(other, session)) ?? null;
      return [kept, ...others.slice(0, ACCOUNTS_MAX - 1)];
    });
    return before;
  }

  /** Notes that a session is used, so that a start without a name goes on with it; where nothing can be written, it isn't. */
  sessionUsed(address: ServerAddress, { session_token }: Pick<StoredSession, 'session_token'>): void {
    try {
      // Written only when it is another.
      if (this.session(address)?.session_token === session_token) return;
      this.#changeSessions(address, (sessions) => {
        const used_at = this.#latest(sessions);
        return sessions.map((session) =>
          session.session_token === session_token ? { ...session, used_at } : session,
        );
      });
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
    }
  }

  /** Makes sure that a session could be kept. Throws KeepError. */
  checkSessions(): void {
    this.#sessionsFile();
    this.#folder.check(SESSIONS_FILE);
  }

  /**
   * Runs `work` while no other program of this person exchanges a refresh token. Reading it, exchanging it and keeping what it
   * was exchanged for belong into one such turn.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#folder.inTurn(TURN_FILE, work);
  }

  /**
   * Writes down that the refresh token of a session is about to be sent. Throws KeepError where that can't be written: then its
   * successor couldn't be kept either, and it must not be sent. False when it isn't the one that is kept any more.
   */
  exchangeBegins(address: ServerAddress, { session_token, refresh_token }: StoredSession): boolean {
    this.#folder.check(SESSIONS_FILE);
    const sent_at = this.#now();
    return this.#changeSession(address, session_token, (session) =>
      session.refresh_token === refresh_token ? { ...session, sent_at: session.sent_at ?? sent_at } : null,
    );
  }

  /**
   * Puts the successor in the place of a refresh token, if that is still the one that is kept: somebody may have signed in
   * anew meanwhile.
   */
  exchanged(
    address: ServerAddress,
    { session_token, refresh_token }: StoredSession,
    next: { readonly refresh_token: string; readonly access_token: string; readonly expires_at: number },
  ): void {
    const access = { token: next.access_token, expires_at: next.expires_at, made_at: this.#now() };
    this.#changeSession(address, session_token, (session) =>
      session.refresh_token === refresh_token
        ? { ...session, refresh_token: next.refresh_token, access, sent_at: null }
        : null,
    );
  }

  /** Forgets the session of a server that has this token; without one all of that server. */
  forgetSession(address: ServerAddress, session_token?: string): void {
    const left = (session: StoredSession): boolean =>
      session_token !== undefined && session.session_token !== session_token;
    if (this.sessions(address).every(left)) return;
    this.#changeSessions(address, (sessions) => sessions.filter(left));
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

  #read<T>(name: string, schema: z.ZodType<T>, format: number): T | null {
    const value = this.#folder.read(name);
    if (value === null) return null;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const path = join(this.#folder.path, name);
    const written = formatOf(value);
    if (written > format) throw new KeepError('newer', { path, format: String(written) });
    throw damaged(path);
  }

  #servers(): Readonly<Record<string, ServerRow>> {
    return this.#read(SERVERS_FILE, serversFile, SERVERS_FORMAT)?.servers ?? {};
  }

  #sessionsFile(): SessionsFile {
    const file = this.#read(SESSIONS_FILE, sessionsFileOfAnyFormat, SESSIONS_FORMAT);
    const { devices = {} } = file ?? {};
    if (file?.version === SESSIONS_FORMAT) return { ...file, devices };
    const sessions = Object.entries(file?.sessions ?? {}).map(([id, session]): [string, StoredSession[]] => [
      id,
      [{ ...session, account_id: null, used_at: session.saved_at, access: null, sent_at: null }],
    ]);
    return { version: SESSIONS_FORMAT, sessions: Object.fromEntries(sessions), devices };
  }

  /** Each server's sessions, the one used last first. */
  #sessions(): Sessions {
    const lastUsedFirst = (a: StoredSession, b: StoredSession): number => b.used_at - a.used_at;
    return Object.fromEntries(
      Object.entries(this.#sessionsFile().sessions)
        .filter(([id]) => isServerId(id))
        .map(([id, sessions]) => [id, sessions.toSorted(lastUsedFirst)]),
    );
  }

  #changeServers(change: (servers: Readonly<Record<string, ServerRow>>) => Record<string, ServerRow>): void {
    this.#folder.exclusively(() =>
      this.#folder.write(SERVERS_FILE, { version: SERVERS_FORMAT, servers: change(this.#servers()) }),
    );
  }

  #changeSessions(
    address: ServerAddress,
    change: (sessions: readonly StoredSession[]) => readonly StoredSession[],
  ): void {
    const id = serverId(address);
    this.#folder.exclusively(() => {
      const all = this.#sessions();
      const changed = change(all[id] ?? []);
      const others = Object.entries(all).filter(([other]) => other !== id);
      const sessions = Object.fromEntries(changed.length === 0 ? others : [...others, [id, changed]]);
      this.#writeSessions(sessions, this.#devices());
    });
  }

  /** Changes one session, found by its token; `change` gives null where it stays as it is. Returns whether it was changed. */
  #changeSession(
    address: ServerAddress,
    session_token: string,
    change: (session: StoredSession) => StoredSession | null,
  ): boolean {
    let found = false;
    this.#changeSessions(address, (sessions) =>
      sessions.map((session) => {
        const changed = session.session_token === session_token ? change(session) : null;
        found ||= changed !== null;
        return changed ?? session;
      }),
    );
    return found;
  }

  /** A time after which none of them was used, whatever the clock says. */
  #latest(sessions: readonly StoredSession[]): number {
    return Math.max(this.#now(), ...sessions.map(({ used_at }) => used_at + 1));
  }

  #writeSessions(sessions: object, devices: Devices): void {
    this.#folder.write(SESSIONS_FILE, { note: NOTE, version: SESSIONS_FORMAT, sessions, devices });
  }

  #devices(): Devices {
    return this.#sessionsFile().devices;
  }

  #changeDevices(change: (devices: Devices) => Devices): void {
    this.#folder.exclusively(() => this.#writeSessions(this.#sessions(), change(this.#devices())));
  }
}

/** The format that a file says it has; 0 where it says nothing of the kind. */
function formatOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('version' in value)) return 0;
  return typeof value.version === 'number' ? value.version : 0;
}

/** Two spellings that the server takes for one may differ here; then the account is found by its id. */
const nameKey = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

const isSameAccount = (kept: StoredSession, { account_id, account_name }: NewStoredSession): boolean =>
  kept.account_id === null || account_id === null
    ? nameKey(kept.account_name) === nameKey(account_name)
    : kept.account_id === account_id;

/** Returns what a person is told when a known server has another pin all of a sudden, or no TLS any more. */
export const identityChanged = (name: string, address: ServerAddress): KeepError =>
  new KeepError(channelOf(address) === PLAIN ? 'tls_lost' : 'pin_changed', { name, place: placeOf(address) });
