/**
 * The order in which transactions take their locks. Two that take them in one order can't wait for each other in a ring;
 * an engine on which nobody waits checks it all the same, so that the tests on one engine prove it for every other.
 */

/**
 * From the whole to the part. `server` stands for rules about the server as a whole (its setup code), `role` for rules about
 * everybody who holds one (the last administrator), `name` and `email` for whoever may have them, `account` for all that
 * belongs to one (how many sessions it has).
 */
export const LOCK_ORDER = ['server', 'role', 'name', 'email', 'account', 'session', 'conversation'] as const;
export type LockKind = (typeof LOCK_ORDER)[number];

const RANKS = Object.fromEntries(LOCK_ORDER.map((kind, rank) => [kind, rank])) as Record<LockKind, number>;

/** Watches one transaction at a time. */
export class LockWatch {
  #rank = -1;
  #wrote = false;
  /** A bit for each kind. */
  #taken = 0;

  /** A transaction begins. */
  begin(): void {
    this.#rank = -1;
    this.#wrote = false;
    this.#taken = 0;
  }

  /** Something was written. */
  wrote(): void {
    this.#wrote = true;
  }

  /** Rows of a kind are locked. Throws when that is out of order. */
  take(kind: LockKind): void {
    const rank = RANKS[kind];
    if (this.#wrote) throw new Error(`a lock on '${kind}' after the first write`);
    if (rank <= this.#rank) throw new Error(`a lock on '${kind}' after one on '${LOCK_ORDER[this.#rank]}'`);
    this.#rank = rank;
    this.#taken |= 1 << rank;
  }

  /** Returns whether rows of a kind are locked. */
  has = (kind: LockKind): boolean => (this.#taken & (1 << RANKS[kind])) !== 0;
}
