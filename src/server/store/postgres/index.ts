/** The door of PostgreSQL. */
export {
  DATABASE_PLAIN,
  DatabasePassword,
  describeAddress,
  placeOf,
  readDatabaseUrl,
  type CarriedAddress,
  type DatabaseAddress,
} from './address.js';
export { PASSWORD_WAYS } from './faults.js';
export { movesFromPostgres, movesToPostgres } from './moving.js';
export { probe, usableSchema, type DatabaseContent, type DatabaseProbe } from './probe.js';
export { openPostgresBeside } from './direct_engine.js';
export { openPostgresEngine } from './engine.js';
export type { Isolation } from './isolation.js';
