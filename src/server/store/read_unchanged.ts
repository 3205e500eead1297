/** Reading what is then remembered: an answer from before what was announced meanwhile is no answer, and nobody would announce that again. */
import { StorageUnavailableError } from './engine.js';

/** So often is something read that is changed each time it is read. */
const READS_MAX = 5;

/**
 * Returns what `keep` makes of what `read` gives, from a time in which nothing was announced that concerns it; `heard` counts
 * that. It is kept in the very moment in which that is known: a promise later something may have been announced. Throws
 * StorageUnavailableError when it is another each time; `what` says what.
 */
export async function readUnchanged<T, K>(
  what: string,
  heard: () => number,
  read: () => Promise<T>,
  keep: (found: T) => K,
): Promise<K> {
  for (let reads = 1; reads <= READS_MAX; reads += 1) {
    const began = heard();
    const found = await read();
    if (began === heard()) return keep(found);
  }
  throw new StorageUnavailableError(`${what} changed each time it was read`);
}
