/**
 * Which connections are signed in as whom, and which client key they proved, so that the end of a session or a key
 * reaches them within the same tick.
 */
import {
  encodeEvent,
  encodeFrame,
  type ClientKeyEndReason,
  type EventData,
  type EventName,
} from '../../protocol/index.js';
import type { SignedInAs } from '../dispatch/index.js';
import type { Clock } from '../runtime/index.js';
import type { AnnouncementOf, Asker } from '../store/index.js';
import type { Connection } from './connection.js';
import type { FanOut } from './fan_out.js';

/** An event on its way to the connections of an account that have not been told it yet. */
type News = { frame: Buffer; readonly untold: Set<Connection> };

const NONE: ReadonlySet<Connection> = new Set();

export class LiveSessions {
  readonly #clock: Clock;
  readonly #fanOut: FanOut;
  /** By account and event. */
  readonly #news = new Map<string, News>();
  readonly #bySession = new Map<string, Set<Connection>>();
  readonly #byAccount = new Map<string, Set<Connection>>();
  /**
   * By the secret they proved, from the handshake to the end of the connection, whoever signs in or out meanwhile. All
   * connections of a secret have the same key id. The local key isn't here: it can't be revoked.
   */
  readonly #bySecret = new Map<number, Set<Connection>>();

  constructor(clock: Clock, fanOut: FanOut) {
    this.#clock = clock;
    this.#fanOut = fanOut;
  }

  /** A connection has proved its client key. */
  greet(connection: Connection): void {
    if (connection.secret_id !== null) addTo(this.#bySecret, connection.secret_id, connection);
  }

  add(connection: Connection, as: SignedInAs): void {
    addTo(this.#bySession, as.session_id, connection);
    addTo(this.#byAccount, as.account_id, connection);
  }

  /** A connection is gone. */
  remove(connection: Connection): void {
    if (connection.secret_id !== null) removeFrom(this.#bySecret, connection.secret_id, connection);
    this.signOut(connection);
  }

  /** Nobody is signed in on a connection any more. It stays one of its client key. */
  signOut(connection: Connection): void {
    const as = connection.signed_in_as;
    if (as === null) return;
    removeFrom(this.#bySession, as.session_id, connection);
    removeFrom(this.#byAccount, as.account_id, connection);
  }

  /** Connections that are signed in. */
  get size(): number {
    let size = 0;
    for (const connections of this.#bySession.values()) size += connections.size;
    return size;
  }

  /** Tells the connections of sessions why they end, and closes them; the one that asked gets its reply first. */
  endSessions(ended: AnnouncementOf<'sessions_ended'>, asker: Asker | null): void {
    const { reason } = ended;
    for (const session_id of ended.session_ids) {
      const connections = [...this.ofSession(session_id)];
      if (connections.some((connection) => connection === asker?.peer))
        asker?.putOff({ ...ended, session_ids: [session_id] });
      this.#end(connections, asker, 'session_ended', { session_id, reason });
    }
  }

  /** Returns the connections that are signed in with a session, the oldest first. */
  ofSession(sessionId: string): ReadonlySet<Connection> {
    return this.#bySession.get(sessionId) ?? NONE;
  }

  /** Returns the connections that are signed in to an account, the oldest first. */
  ofAccount(accountId: string): ReadonlySet<Connection> {
    return this.#byAccount.get(accountId) ?? NONE;
  }

  /** Returns who is signed in, once for each session. */
  signedIn(): SignedInAs[] {
    return [...this.#bySession.values()].flatMap((connections) => {
      const [first] = connections;
      return first?.signed_in_as ?? [];
    });
  }

  /** Returns the secrets that open connections have proved, with the key ids that they belong to. */
  secretsInUse(): ReadonlyMap<number, string> {
    const inUse = new Map<number, string>();
    for (const [secretId, [first]] of this.#bySecret)
      if (first !== undefined) inUse.set(secretId, first.key_id);
    return inUse;
  }

  /** Tells the connections of a client key why it has ended, and closes them; the one that asked gets its reply first. */
  endClientKey(ended: AnnouncementOf<'client_key_ended'>, asker: Asker | null): void {
    const { key_id, reason } = ended;
    for (const connections of this.#bySecret.values()) {
      const [first] = connections;
      // A secret is of one key.
      if (first?.key_id !== key_id) continue;
      if ([...connections].some((connection) => connection === asker?.peer)) asker?.putOff(ended);
      this.#end([...connections], asker, 'client_key_ended', { key_id, reason });
    }
  }

  /** The same for one of its secrets. */
  endSecret(secretId: number, reason: ClientKeyEndReason): void {
    const connections = [...(this.#bySecret.get(secretId) ?? [])];
    const [first] = connections;
    if (first !== undefined)
      this.#end(connections, null, 'client_key_ended', { key_id: first.key_id, reason });
  }

  /** Returns whether anybody but the one that asked is signed in to an account. */
  hasAccount(accountId: string, asker: Asker | null): boolean {
    const connections = this.#byAccount.get(accountId);
    if (connections === undefined) return false;
    if (asker === null) return true;
    // The peer of whoever asks is a connection; the store, which carries it here, need not know.
    return connections.size > (connections.has(asker.peer as Connection) ? 1 : 0);
  }

  /**
   * Pushes an event to every connection of an account but the one that asked. One that is still on its way when the next
   * comes is overtaken by it: the events say how things are now, and a connection is told that once and not how they were.
   */
  notifyAccount<E extends EventName>(
    accountId: string,
    event: E,
    data: EventData<E>,
    asker: Asker | null,
  ): void {
    const frame = this.#encode(event, data);
    const key = `${event} ${accountId}`;
    const untold = [...this.ofAccount(accountId)].filter((connection) => connection !== asker?.peer);
    const onItsWay = this.#news.get(key);
    if (onItsWay !== undefined) {
      onItsWay.frame = frame;
      for (const connection of untold) onItsWay.untold.add(connection);
      return;
    }
    const news: News = { frame, untold: new Set(untold) };
    this.#news.set(key, news);
    const forget = (): void => void this.#news.delete(key);
    this.#fanOut.each(taken(news.untold), (connection) => connection.tell(news.frame), forget);
  }

  /** Ends connections; they take nothing more in from this moment on, and are told in turns. */
  #end<E extends EventName>(
    connections: readonly Connection[],
    asker: Asker | null,
    event: E,
    data: EventData<E>,
  ): void {
    const frame = this.#encode(event, data);
    const ending = connections.filter((connection) => connection !== asker?.peer && connection.expectEnd());
    this.#fanOut.each(ending, (connection) => connection.endWith(frame));
  }

  #encode<E extends EventName>(event: E, data: EventData<E>): Buffer {
    return encodeFrame(encodeEvent(event, data, this.#clock.now()));
  }
}

/** Walks a set and takes out what it gives. */
function* taken<T>(set: Set<T>): Iterable<T> {
  for (const one of set) {
    set.delete(one);
    yield one;
  }
}

function addTo<K>(map: Map<K, Set<Connection>>, key: K, connection: Connection): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([connection]));
  else set.add(connection);
}

function removeFrom<K>(map: Map<K, Set<Connection>>, key: K, connection: Connection): void {
  const set = map.get(key);
  set?.delete(connection);
  if (set?.size === 0) map.delete(key);
}
