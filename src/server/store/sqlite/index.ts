/** The door of SQLite: whoever stands outside sees an engine, and what is true of its files. */
export { openDirectEngine } from './direct_engine.js';
export { openSqliteEngine } from './engine.js';
export { lockFile } from './folder_lock.js';
export { DATABASE_FILE } from './file_names.js';
export { folderSteps } from './plan.js';
export { movesFromFolder, movesToFolder } from './moving.js';
export { SCHEMA_VERSION } from './migrations/index.js';
export { durabilityFault, inspectDatabase, type Inspection } from './inspection.js';
