/** The door of tui/keep: known servers and stored sessions. */
export { Keep, pinChangedSentence, type KnownServer, type StoredSession } from './keep.js';
export { KeepError } from './private_folder.js';
