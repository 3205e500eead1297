/** Gathers what comes in a burst and hands it on together, at most once in a while; the first of a burst waits too. */
export class Batch<T> {
  readonly #every_ms: number;
  readonly #take: (items: readonly T[]) => void;
  #items: T[] = [];

  constructor(every_ms: number, take: (items: readonly T[]) => void) {
    this.#every_ms = every_ms;
    this.#take = take;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length > 1) return;
    setTimeout(() => {
      const items = this.#items;
      this.#items = [];
      this.#take(items);
    }, this.#every_ms).unref();
  }
}
