/** The door of tui/keep: known servers and stored sessions. */
export { identityChanged, Keep, type KnownServer, type StoredSession } from './keep.js';
export { KeepError, type KeepFault } from './keep_error.js';
