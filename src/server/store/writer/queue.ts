/** What the writer thread has of the database that it has open. */
import type { FromWriter, PackedRequests } from './messages.js';

export type WriteQueue = {
  /** Takes writes, or the wish that the database be closed. */
  take(message: PackedRequests | { readonly kind: 'close' }): void;
  /** Works on what was taken; resolves with true when the database was to be closed and is. */
  run(): Promise<boolean>;
};

/** Says something to the main thread. */
export type Say = (message: FromWriter) => void;
