/** The door of tui/keep: known servers and stored sessions. */
export { Keep, pinChanged, type KnownServer, type StoredSession } from './keep.js';
export { KeepError, type KeepFault } from './keep_error.js';
