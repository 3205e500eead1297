/** Sockets: the only room that opens, reads and writes them. */
export { FanOut } from './fan_out.js';
export type { ClientKeys, UsableKey } from './handshake.js';
export { Listener, type AddressOf, type ListenerOptions } from './listener.js';
export { LiveSessions } from './live_sessions.js';
