/**
 * Which connections are signed in as whom, and which client key they proved, so that the end of a session or a key
 * reaches them within the same tick.
 */
import type { ClientKeyEndReason, EventData, EventName } from '../../protocol/index.js';
import type { SignedInAs } from '../dispatch/index.js';
import type { AnnouncementOf, Asker } from '../store/index.js';
import type { Connection } from './connection.js';

export class LiveSessions {
  readonly #bySession = new Map<string, Set<Connection>>();
  readonly #byAccount = new Map<string, Set<Connection>>();
  /**
   * By the secret they proved, from the handshake to the end of the connection, whoever signs in or out meanwhile. All
   * connections of a secret have the same key id. The local key isn't here: it can't be revoked.
   */
  readonly #bySecret = new Map<number, Set<Connection>>();

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
      for (const connection of [...(this.#bySession.get(session_id) ?? [])]) {
        if (connection === asker?.peer) asker.putOff({ ...ended, session_ids: [session_id] });
        else connection.endWith('session_ended', { session_id, reason });
      }
    }
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
    for (const [secretId, ofKey] of this.secretsInUse()) {
      if (ofKey !== key_id) continue;
      for (const connection of [...(this.#bySecret.get(secretId) ?? [])]) {
        if (connection === asker?.peer) asker.putOff(ended);
        else connection.endWith('client_key_ended', { key_id, reason });
      }
    }
  }

  /** The same for one of its secrets. */
  endSecret(secretId: number, reason: ClientKeyEndReason): void {
    for (const connection of [...(this.#bySecret.get(secretId) ?? [])])
      connection.endWith('client_key_ended', { key_id: connection.key_id, reason });
  }

  /** Returns whether anybody but the one that asked is signed in to an account. */
  hasAccount(accountId: string, asker: Asker | null): boolean {
    const connections = this.#byAccount.get(accountId);
    if (connections === undefined) return false;
    if (asker === null) return true;
    // The peer of whoever asks is a connection; the store, which carries it here, need not know.
    return connections.size > (connections.has(asker.peer as Connection) ? 1 : 0);
  }

  /** Pushes an event to every connection of an account but the one that asked. */
  notifyAccount<E extends EventName>(
    accountId: string,
    event: E,
    data: EventData<E>,
    asker: Asker | null,
  ): void {
    for (const connection of this.#byAccount.get(accountId) ?? []) {
      if (connection !== asker?.peer) connection.push(event, data);
    }
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
