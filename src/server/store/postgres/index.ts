/** The door of PostgreSQL. */
export type { DatabaseAddress } from './address.js';
export { openPostgresBeside } from './direct_engine.js';
export { openPostgresEngine } from './engine.js';
export type { Isolation } from './transactions.js';
