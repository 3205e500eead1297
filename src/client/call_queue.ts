/**
 * Calls between their caller and the connection: deadlines, the line of those that wait, one write for all of a turn, and
 * whose reply is whose. Never sends a call twice. Knows no socket and no session.
 */
import type { ActionName } from '../protocol/index.js';
import { clientRefusal, encodeCall, type AnyOutcome, type CallOptions } from './calls.js';
import { changesSession } from './kept_session.js';
import { PendingTable } from './pending.js';
import type { Runtime } from './runtime.js';

export type Waiter = {
  readonly action: ActionName;
  readonly params: object;
  /** Gives the caller its outcome; only the first call counts. */
  readonly finish: (outcome: AnyOutcome) => void;
};

/** What the queue has to know of the connection. */
type Way = {
  /** Returns true while calls in turn may be written. */
  isOpen(): boolean;
  /** Returns the size of the largest request that the server takes now, bytes. */
  bytesMax(): number;
  send(bodies: readonly string[]): void;
};

export class CallQueue {
  readonly #runtime: Runtime;
  readonly #way: Way;
  readonly #pending = new PendingTable<Waiter>();
  #last_id = 0;
  #flush_due = false;

  constructor(runtime: Runtime, way: Way) {
    this.#runtime = runtime;
    this.#way = way;
  }

  /**
   * `in_turn` waits until the way is open, behind earlier calls; `at_once` is for the client's own calls, which keep the
   * connection going. Never rejects.
   */
  request(
    action: ActionName,
    params: object,
    { signal, deadline_ms }: CallOptions & { deadline_ms: number },
    order: 'in_turn' | 'at_once',
  ): Promise<AnyOutcome> {
    return new Promise((resolve) => {
      this.#last_id += 1;
      const id = String(this.#last_id);
      const finish = (outcome: AnyOutcome): void => {
        cancelDeadline();
        signal?.removeEventListener('abort', abort);
        resolve(outcome);
      };
      const giveUp = (code: 'aborted' | 'request_timeout'): void => {
        const written = this.#pending.isWritten(id);
        // A sign-in that the server does after all has to be noticed, or the two would disagree about who is here.
        if (!(written && changesSession(action))) this.#pending.remove(id);
        finish(clientRefusal(!written && code === 'request_timeout' ? 'not_connected' : code));
      };
      const abort = (): void => giveUp('aborted');
      const cancelDeadline = this.#runtime.after(deadline_ms, () => giveUp('request_timeout'));
      signal?.addEventListener('abort', abort, { once: true });
      this.#pending.add(id, { action, params, finish });
      if (order === 'in_turn') this.flushLater();
      else this.#write([{ id, waiter: { action, params, finish } }]);
    });
  }

  /** All calls of one turn of the event loop go out in one write. */
  flushLater(): void {
    if (this.#flush_due || !this.#way.isOpen()) return;
    this.#flush_due = true;
    this.#runtime.endOfTurn(() => {
      this.#flush_due = false;
      this.flush();
    });
  }

  /** Writes what waits, if the way is open. */
  flush(): void {
    if (this.#way.isOpen()) this.#write(this.#pending.waiting());
  }

  /** Returns who waits for the reply of this id; null for a reply that nobody waits for any more, or that names nobody. */
  take(id: string | null): Waiter | null {
    return id === null ? null : this.#pending.takeWritten(id);
  }

  /** The replies to what was written will never come. */
  failWritten(): void {
    for (const waiter of this.#pending.takeAllWritten()) waiter.finish(clientRefusal('connection_lost'));
  }

  /** Nothing that waits will ever be written. */
  failWaiting(): void {
    for (const waiter of this.#pending.takeAllWaiting()) waiter.finish(clientRefusal('not_connected'));
  }

  #write(calls: readonly { readonly id: string; readonly waiter: Waiter }[]): void {
    const bodies: string[] = [];
    const bytes_max = this.#way.bytesMax();
    for (const { id, waiter } of calls) {
      const encoded = encodeCall(waiter, id, bytes_max, this.#runtime.now_ms());
      if ('refused' in encoded) {
        this.#pending.remove(id);
        waiter.finish(encoded.refused);
      } else {
        this.#pending.markWritten(id);
        bodies.push(encoded.body);
      }
    }
    if (bodies.length > 0) this.#way.send(bodies);
  }
}
