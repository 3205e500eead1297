/** What a running server does by itself: on the clock, and when it hears that something has changed. */
export { Announcer } from './announcer.js';
export { StoredClientKeys } from './client_keys.js';
export { Pruner } from './pruner.js';
export { SetupCode } from './setup_code.js';
