/** Which connections are signed in as whom, so that the end of a session reaches them within the same tick. */
import type { EventData, EventName, SessionEndReason } from '../../protocol/index.js';
import type { SignedInAs } from '../dispatch/index.js';
import type { LiveConnections, Peer } from '../handlers/index.js';
import type { Connection } from './connection.js';

export class LiveSessions implements LiveConnections {
  readonly #bySession = new Map<string, Set<Connection>>();
  readonly #byAccount = new Map<string, Set<Connection>>();

  add(connection: Connection, as: SignedInAs): void {
    addTo(this.#bySession, as.session_id, connection);
    addTo(this.#byAccount, as.account_id, connection);
  }

  remove(connection: Connection): void {
    const as = connection.signed_in_as;
    if (as === null) return;
    removeFrom(this.#bySession, as.session_id, connection);
    removeFrom(this.#byAccount, as.account_id, connection);
  }

  endSessions(sessionIds: readonly string[], reason: SessionEndReason, besides: Peer | null): void {
    for (const session_id of sessionIds) {
      for (const connection of [...(this.#bySession.get(session_id) ?? [])]) {
        if (connection !== besides) connection.endWith('session_ended', { session_id, reason });
      }
    }
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

function addTo(map: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([connection]));
  else set.add(connection);
}

function removeFrom(map: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const set = map.get(key);
  set?.delete(connection);
  if (set?.size === 0) map.delete(key);
}
