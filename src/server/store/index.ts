/**
 * The store: the only place that knows SQL. Writes are named operations, reads happen on the main thread. Its door is
 * asynchronous, so that an engine in another process fits behind it.
 */
export {
  ANNOUNCEMENTS_KEPT_MS,
  type Announcement,
  type AnnouncementOf,
  type Asker,
} from './announcements.js';
export {
  NotAdmittedError,
  OutcomeUnknownError,
  StorageUnavailableError,
  StoreOpenError,
  type OpenFault,
} from './engine.js';
export { signedInAs, type Actor, type AuditDetails, type Who } from './operations/who.js';
export type { NewAccount, ProfileValues } from './operations/account_rows.js';
export type {
  AskedOperationName,
  OperationArgs,
  OperationName,
  OperationResult,
} from './operations/index.js';
export type { NewSession } from './operations/session_rows.js';
export type { Credential } from './reads/accounts.js';
export type { ValidSecret } from './reads/client_keys.js';
export type { KnownDevice } from './reads/devices.js';
export type { Holding } from './role_table.js';
export type { LiveSession } from './session_cache.js';
export { planForFolder, planForPostgres, type MigrationPlan } from './migration_plan.js';
export { moveToFolder, moveToPostgres, type MovedRows, type Progress } from './moving/index.js';
export { KEY_STATES, type KeyState, type RingKey } from './records/key_ring.js';
export { refreshUse, type RefreshTokenRow } from './records/refresh_tokens.js';
export type { UserPage, UserQuery } from './reads/users.js';
export {
  DATABASE_PLAIN,
  DatabasePassword,
  describeAddress,
  PASSWORD_WAYS,
  placeOf,
  probe,
  readDatabaseUrl,
  type DatabaseAddress,
  type DatabaseContent,
  type DatabaseProbe,
} from './postgres/index.js';
export {
  DATABASE_FILE,
  durabilityFault,
  inspectDatabase,
  lockFile,
  SCHEMA_VERSION,
  type Inspection,
} from './sqlite/index.js';
export { writerThreads, type WriterThreads } from './writer/writer.js';
export { Store } from './store.js';
