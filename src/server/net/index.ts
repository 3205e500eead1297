/** Sockets: the only room that opens, reads and writes them. */
export type { ClientKeys } from './handshake.js';
export { Listener, type ListenerOptions } from './listener.js';
export { LiveSessions } from './live_sessions.js';
