/** The door of PostgreSQL. */
export {
  addressCarried,
  carriedAddress,
  DATABASE_PLAIN,
  DatabasePassword,
  describeAddress,
  placeOf,
  readDatabaseUrl,
  type DatabaseAddress,
} from './address.js';
export { isUnavailable, openFault, PASSWORD_WAYS } from './faults.js';
export { probe, type DatabaseProbe } from './probe.js';
