/** The key ring: the server's own keys, sealed in the database under the master key of the data folder. */
export { openKeyRing, type ServerKeys } from './open.js';
export { rotateMasterKey, type NewMaster } from './reseal.js';
export { mastersIn, opened } from './masters.js';
