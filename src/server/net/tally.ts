/** Counts by key, and knows at any time which key has the most. */
export class Tally<K> {
  readonly #counts = new Map<K, number>();
  /** Keys by their count. */
  readonly #byCount: Set<K>[] = [];
  #most = 0;

  add(key: K): void {
    this.#set(key, this.of(key) + 1);
  }

  remove(key: K): void {
    this.#set(key, this.of(key) - 1);
  }

  /** Returns the count of a key; 0 for one that was never added. */
  of(key: K): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Returns the greatest count and a key that has it; null when everything is 0. */
  get most(): { readonly key: K; readonly count: number } | null {
    const [key] = this.#byCount[this.#most] ?? [];
    return key === undefined ? null : { key, count: this.#most };
  }

  #set(key: K, count: number): void {
    const before = this.of(key);
    this.#byCount[before]?.delete(key);
    if (count > 0) {
      this.#counts.set(key, count);
      (this.#byCount[count] ??= new Set()).add(key);
    } else this.#counts.delete(key);
    // Counts change by one, so the next lower one is that of this very key.
    if (count > this.#most || (before === this.#most && this.#byCount[before]?.size === 0))
      this.#most = count;
  }
}
