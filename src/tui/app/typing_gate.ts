/**
 * Keeps keys from a screen that came while somebody was typing: they were meant for the one before, where they were text and
 * here would be commands.
 */

/** Who pauses for so long has seen what is there now, milliseconds. */
const PAUSE_MS = 300;

export class TypingGate {
  #closed = false;
  #last_ms = Number.NEGATIVE_INFINITY;

  /** The screen became another one by itself. */
  changed(now_ms: number): void {
    this.#closed = true;
    this.#last_ms = now_ms;
  }

  /** Returns false for input that is to be dropped: from the change on, until the first pause. */
  lets(now_ms: number): boolean {
    if (this.#closed && now_ms - this.#last_ms >= PAUSE_MS) this.#closed = false;
    if (this.#closed) this.#last_ms = now_ms;
    return !this.#closed;
  }
}
