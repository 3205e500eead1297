/** The door of tui/keep: known servers and stored sessions. */
export { identityChanged, Keep, type KeptAccounts, type KnownServer, type StoredSession } from './keep.js';
export { KeepError, type KeepFault } from './keep_error.js';
