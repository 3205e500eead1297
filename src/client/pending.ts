/**
 * The table from request id to whoever waits for the reply, and the line of requests that are not written yet. Pure:
 * knows no socket, no clock and no JSON. A request moves from waiting to written exactly once, so it is never sent
 * twice.
 */

type Entry<W> = { readonly waiter: W; written: boolean };

/** Waiters by request id, in the order in which they came. */
export class PendingTable<W> {
  readonly #entries = new Map<string, Entry<W>>();

  /** Waiters in the table, written or not. */
  get size(): number {
    return this.#entries.size;
  }

  /** Puts a waiter at the end of the line. `id` is new. */
  add(id: string, waiter: W): void {
    this.#entries.set(id, { waiter, written: false });
  }

  /** Marks one waiting request as written, whatever its place in the line. */
  markWritten(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.written = true;
  }

  /** Returns the requests that wait to be written, in order. They stay in the table. */
  waiting(): { readonly id: string; readonly waiter: W }[] {
    return this.#select(false);
  }

  /** Returns true when the request was written and has no reply yet. */
  isWritten(id: string): boolean {
    return this.#entries.get(id)?.written ?? false;
  }

  /** Returns the waiter of a written request that was replied to, now out of the table; null for an id nobody waits for. */
  takeWritten(id: string): W | null {
    return this.isWritten(id) ? this.remove(id) : null;
  }

  /** Takes one waiter out, written or not, and returns it; null when it isn't there. */
  remove(id: string): W | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    this.#entries.delete(id);
    return entry.waiter;
  }

  /** Takes all written requests out and returns them in order: their replies will never come. */
  takeAllWritten(): W[] {
    return this.#takeAll(true);
  }

  /** Takes out all requests that were never written and returns them in order. */
  takeAllWaiting(): W[] {
    return this.#takeAll(false);
  }

  #select(written: boolean): { id: string; waiter: W }[] {
    const found: { id: string; waiter: W }[] = [];
    for (const [id, entry] of this.#entries) {
      if (entry.written === written) found.push({ id, waiter: entry.waiter });
    }
    return found;
  }

  #takeAll(written: boolean): W[] {
    const found = this.#select(written);
    for (const { id } of found) this.#entries.delete(id);
    return found.map(({ waiter }) => waiter);
  }
}
