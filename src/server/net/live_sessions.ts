/**
 * Which connections are signed in as whom, and which client key they proved, so that the end of a session or a key
 * reaches them within the same tick.
 */
import type { ClientKeyEndReason, EventData, EventName, SessionEndReason } from '../../protocol/index.js';
import type { SignedInAs } from '../dispatch/index.js';
import type { LiveConnections, Peer } from '../handlers/index.js';
import type { Connection } from './connection.js';

export class LiveSessions implements LiveConnections {
  readonly #bySession = new Map<string, Set<Connection>>();
  readonly #byAccount = new Map<string, Set<Connection>>();
  /** By the secret they proved, signed in or not. The local key isn't here: it can't be revoked. */
  readonly #bySecret = new Map<number, Set<Connection>>();

  greet(connection: Connection): void {
    if (connection.secret_id !== null) addTo(this.#bySecret, connection.secret_id, connection);
  }

  add(connection: Connection, as: SignedInAs): void {
    addTo(this.#bySession, as.session_id, connection);
    addTo(this.#byAccount, as.account_id, connection);
  }

  remove(connection: Connection): void {
    if (connection.secret_id !== null) removeFrom(this.#bySecret, connection.secret_id, connection);
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

  endSessions(sessionIds: readonly string[], reason: SessionEndReason, besides: Peer | null): void {
    for (const session_id of sessionIds) {
      for (const connection of [...(this.#bySession.get(session_id) ?? [])]) {
        if (connection !== besides) connection.endWith('session_ended', { session_id, reason });
      }
    }
  }

  endClientKey(keyId: string, reason: ClientKeyEndReason, besides: Peer | null): void {
    for (const connections of this.#bySecret.values()) {
      for (const connection of [...connections]) {
        if (connection.key_id === keyId && connection !== besides)
          connection.endWith('client_key_ended', { key_id: keyId, reason });
      }
    }
  }

  /** The secrets that open connections have proved, with the key ids that they belong to. */
  secretsInUse(): ReadonlyMap<number, string> {
    const inUse = new Map<number, string>();
    for (const [secretId, connections] of this.#bySecret) {
      for (const { key_id } of connections) inUse.set(secretId, key_id);
    }
    return inUse;
  }

  /** Tells the connections of one secret why it has ended, and closes them. */
  endSecret(secretId: number, reason: ClientKeyEndReason): void {
    for (const connection of [...(this.#bySecret.get(secretId) ?? [])])
      connection.endWith('client_key_ended', { key_id: connection.key_id, reason });
  }

  notifyAccount<E extends EventName>(
    accountId: string,
    event: E,
    data: EventData<E>,
    besides: Peer | null,
  ): void {
    for (const connection of this.#byAccount.get(accountId) ?? []) {
      if (connection !== besides) connection.push(event, data);
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
