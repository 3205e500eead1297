/** What a start would do to a database before it serves: the migrations that it lacks, in their order. */
import { MIGRATION_NAMES } from './migration_names.js';
import { usableSchema, type DatabaseAddress } from './postgres/index.js';
import { folderSteps } from './sqlite/index.js';

export type MigrationPlan = {
  /** The newest migration that the database has; 0 for one that is empty or isn't there yet. */
  readonly schema_version: number;
  /** The newest that this program has. */
  readonly schema_version_known: number;
  readonly pending: readonly { readonly version: number; readonly name: string }[];
};

const planFrom = (schema_version: number): MigrationPlan => ({
  schema_version,
  schema_version_known: MIGRATION_NAMES.length,
  pending: MIGRATION_NAMES.map((name, at) => ({ version: at + 1, name })).slice(schema_version),
});

/**
 * Returns the plan for the database of a data folder, with or without a server on it. `expected`: keys in the folder say that
 * there is one. Throws StoreOpenError or DataFolderError for what a start would refuse.
 */
export const planForFolder = (folder: string, expected: boolean): MigrationPlan =>
  planFrom(folderSteps(folder, expected));

/** The same for a PostgreSQL. Throws StoreOpenError. */
export const planForPostgres = async (address: DatabaseAddress): Promise<MigrationPlan> =>
  planFrom(await usableSchema(address));
