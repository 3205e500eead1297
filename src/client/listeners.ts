/**
 * Who listens to one kind of news. Listeners run after the client's own work, in a microtask of their own, so they may
 * call anything of the client; their faults are their own.
 */

/** `unknown`, because an async function passes for a listener and gives a promise. */
type Listener<T> = (value: T) => unknown;

const ignore = (): void => undefined;

/** Calls a listener whose faults, thrown or rejected, are its own. */
function callListener<T>(listener: Listener<T>, value: T): void {
  try {
    const returned = listener(value);
    if (returned instanceof Promise) returned.catch(ignore);
  } catch {
    // Its own fault, see above.
  }
}

export class Listeners<T> {
  readonly #listeners = new Set<Listener<T>>();

  /** Hears everything that is told from now on. Returns what stops it. */
  add(listener: Listener<T>): () => void {
    // An entry of its own for each subscription, so that the same function may listen twice.
    const entry: Listener<T> = (value) => listener(value);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  tell(value: T): void {
    queueMicrotask(() => {
      for (const listener of this.#listeners) callListener(listener, value);
    });
  }
}
